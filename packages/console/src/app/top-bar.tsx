import { useMessages } from '../i18n/index.ts'
import { Link } from '../routes/navigation.tsx'
import { homePath } from '../routes/paths.ts'
import styles from './top-bar.module.css'

export function TopBar() {
  const t = useMessages('app')
  return (
    <header className={styles['bar']}>
      <Link href={homePath()} className={styles['brand']}>
        {t('product')}
      </Link>
    </header>
  )
}
