/** The menu itself, loaded when the first one is opened. */

import { Menu as MantineMenu } from '@mantine/core'
import { Fragment } from 'react'
import { useGo } from '../routes/navigation.tsx'
import { Icon } from './icons.tsx'
import type { MenuItem, MenuProps } from './menu-props.ts'
import styles from './menu.module.css'

export function MenuList({ children, groups, label, align = 'start', opened, onChange }: MenuProps) {
  const go = useGo()
  const shown = groups.filter(({ items }) => items.length > 0)
  return (
    <MantineMenu
      // It would be a child of the menu that is no item.
      withInitialFocusPlaceholder={false}
      // A long one may cover where it came from: all of it has to be seen.
      middlewares={{ flip: true, shift: { crossAxis: true, padding: 8 } }}
      position={align === 'start' ? 'bottom-start' : 'bottom-end'}
      classNames={{ dropdown: styles['menu'] ?? '', item: styles['item'] ?? '', label: styles['title'] ?? '' }}
      {...(opened === undefined ? {} : { opened })}
      {...(onChange === undefined ? {} : { onChange })}
    >
      <MantineMenu.Target>{children}</MantineMenu.Target>
      <MantineMenu.Dropdown aria-label={label}>
        {shown.map(({ title, items }, index) => (
          <Fragment key={title ?? items[0]?.id ?? index}>
            {index > 0 && <MantineMenu.Divider className={styles['line']} />}
            {title !== undefined && <MantineMenu.Label>{title}</MantineMenu.Label>}
            {items.map((item) => (
              <MantineMenu.Item
                key={item.id}
                ref={(element) => describe(element, item)}
                aria-checked={item.checked}
                closeMenuOnClick={item.reason === undefined}
                data-danger={item.danger === true || undefined}
                onClick={() => {
                  if (item.reason !== undefined) return
                  item.onSelect?.()
                  if (item.href !== undefined) go(item.href)
                }}
              >
                <span className={styles['row']}>
                  <span className={styles['icon']}>
                    {item.checked === true ? (
                      <Icon name="check" />
                    ) : (
                      item.icon !== undefined && <Icon name={item.icon} />
                    )}
                  </span>
                  <span className={styles['words']}>
                    <span>{item.label}</span>
                    {(item.reason ?? item.detail) !== undefined && (
                      <span className={styles['detail']}>{item.reason ?? item.detail}</span>
                    )}
                  </span>
                  {item.hint !== undefined && <kbd>{item.hint}</kbd>}
                </span>
              </MantineMenu.Item>
            ))}
          </Fragment>
        ))}
      </MantineMenu.Dropdown>
    </MantineMenu>
  )
}

/** Mantine keeps role and aria-disabled for itself, and its own disabled items can't be reached by arrow keys. */
function describe(element: HTMLElement | null, { checked, reason }: MenuItem): void {
  element?.setAttribute('role', checked === undefined ? 'menuitem' : 'menuitemradio')
  element?.toggleAttribute('aria-disabled', reason !== undefined)
  if (reason !== undefined) element?.setAttribute('aria-disabled', 'true')
}
