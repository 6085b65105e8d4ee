/** A console alone in its window. */

import { useMessages } from '../../i18n/index.ts'
import { usePathParams } from '../../routes/navigation.tsx'
import { consoleWindowPath } from '../../routes/paths.ts'
import { useTitle } from '../../ui/index.ts'
import { Console } from './console.tsx'
import styles from './consoles.module.css'

export function ConsoleWindowPage() {
  const t = useMessages('consoles')
  const { kind, ...target } = usePathParams(consoleWindowPath)
  const title = t(kind === 'serial' ? 'serialOf' : 'screenOf', { name: target.name })
  useTitle(title)
  return (
    <div className={styles['window']}>
      <Console
        target={target}
        kind={kind === 'serial' ? 'serial' : 'vnc'}
        title={<h1 className={styles['heading']}>{title}</h1>}
      />
    </div>
  )
}
