import { useMessages } from '../../i18n/index.ts'
import { Dialog } from '../../ui/index.ts'
import { hideShortcuts, useShortcutsShown } from './help-state.ts'
import { useAllShortcuts } from './registry.ts'
import styles from './shortcuts.module.css'
import { isApple } from './use-shortcut-keys.ts'

export function ShortcutsDialog() {
  const t = useMessages('app')
  const shown = useShortcutsShown()
  const shortcuts = useAllShortcuts()
  if (!shown) return null
  const groups = [...new Set(shortcuts.map(({ group }) => group))]
  return (
    <Dialog title={t('shortcuts.title')} onClose={hideShortcuts} size="large" closeWord={t('ui:close')}>
      <div className={styles['groups']}>
        {groups.map((group) => (
          <section key={group} aria-label={group}>
            <h3>{group}</h3>
            <dl>
              {shortcuts
                .filter((shortcut) => shortcut.group === group)
                .map(({ keys, label }) => (
                  <div key={keys + label}>
                    <dt>{label}</dt>
                    <dd>
                      <Keys keys={keys} />
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}

const signs: Record<string, string> = isApple
  ? { mod: '⌘', shift: '⇧', alt: '⌥' }
  : { mod: 'Ctrl', shift: 'Shift', alt: 'Alt' }

export function Keys({ keys }: { keys: string }) {
  return keys.split(' ').map((chord, position) => (
    // The same key may come twice.
    // oxlint-disable-next-line react/no-array-index-key
    <span key={position} className={styles['chord']}>
      {chord.split('+').map((part) => (
        <kbd key={part}>
          {signs[part] ?? (part.length === 1 ? part.toUpperCase() : part[0]?.toUpperCase() + part.slice(1))}
        </kbd>
      ))}
    </span>
  ))
}
