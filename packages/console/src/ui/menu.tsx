/** A menu under a button. What can't be chosen stays in its place, can be reached, and says why. */

import {
  cloneElement,
  lazy,
  Suspense,
  useEffect,
  useEffectEvent,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type ReactElement,
  type Ref,
} from 'react'
import type { MenuProps } from './menu-props.ts'

const load = async () => ({ default: (await import('./menu-list.tsx')).MenuList })
const MenuList = lazy(load)

interface TargetProps {
  onClick?: (event: MouseEvent<HTMLElement>) => void
  onPointerEnter?: () => void
  onKeyDown?: (event: KeyboardEvent<HTMLElement>) => void
  'aria-haspopup'?: 'menu'
  'aria-expanded'?: boolean
  ref?: Ref<HTMLElement>
}

/** Until it is first opened there is only its button: most menus never are. */
export function Menu(props: MenuProps) {
  const { children, opened: wanted, onChange } = props
  const [own, setOwn] = useState(false)
  const [needed, setNeeded] = useState(false)
  const [there, setThere] = useState(false)
  const element = useRef<HTMLElement>(null)
  const opened = wanted ?? own
  const change = (next: boolean): void => {
    setNeeded(true)
    if (wanted === undefined) setOwn(next)
    onChange?.(next)
  }
  const target = children as ReactElement<TargetProps>
  if (!needed && !opened) {
    return cloneElement(target, {
      'aria-haspopup': 'menu',
      'aria-expanded': false,
      onPointerEnter: () => void load(),
      onClick: (event) => {
        target.props.onClick?.(event)
        if (!event.defaultPrevented) change(true)
      },
      onKeyDown: (event) => {
        if (event.key !== 'ArrowDown') return
        event.preventDefault()
        change(true)
      },
    })
  }
  const ready = (): void => {
    // The button is another element now: the focus goes on where it was, and comes back to it.
    element.current?.focus({ preventScroll: true })
    setThere(true)
  }
  return (
    <Suspense fallback={cloneElement(target, { 'aria-haspopup': 'menu', 'aria-expanded': true })}>
      <MenuList {...props} opened={opened && there} onChange={change}>
        {cloneElement(target, { ref: element })}
      </MenuList>
      <Ready onReady={ready} />
    </Suspense>
  )
}

/** Tells once that what is beside it is there. */
function Ready({ onReady }: { onReady: () => void }) {
  const tell = useEffectEvent(onReady)
  useEffect(() => tell(), [])
  return null
}
