/** Says more about a control, on hover and on focus alike. No place for what one must know. */

import { cloneElement, useEffect, useId, useRef, useState, type ReactElement, type Ref } from 'react'
import { createPortal } from 'react-dom'
import styles from './tooltip.module.css'

export interface TooltipProps {
  /** Nothing is shown without one. */
  label: string | undefined
  /** Takes a ref and passes on what is given to it. */
  children: ReactElement
}

const delayMs = 350
const gap = 6

interface TargetProps {
  ref?: Ref<HTMLElement>
  onPointerEnter?: (event: unknown) => void
  onPointerLeave?: (event: unknown) => void
  onFocus?: (event: unknown) => void
  onBlur?: (event: unknown) => void
}

export function Tooltip({ label, children }: TooltipProps) {
  const id = useId()
  const [target, setTarget] = useState<HTMLElement>()
  const [timer] = useState(createTimer)
  useEffect(() => timer.clear, [timer])
  const child = children as ReactElement<TargetProps>
  if (label === undefined || label === '') return children

  const show = (element: unknown, ms: number): void => {
    if (element instanceof HTMLElement) timer.start(ms, () => setTarget(element))
  }
  const hide = (): void => {
    timer.clear()
    setTarget(undefined)
  }
  return (
    <>
      {cloneElement(child, {
        onPointerEnter: (event) => {
          child.props.onPointerEnter?.(event)
          show(currentTarget(event), delayMs)
        },
        onPointerLeave: (event) => {
          child.props.onPointerLeave?.(event)
          hide()
        },
        onFocus: (event) => {
          child.props.onFocus?.(event)
          const element = currentTarget(event)
          // The focus of a click is no question.
          if (element instanceof HTMLElement && element.matches(':focus-visible')) show(element, 0)
        },
        onBlur: (event) => {
          child.props.onBlur?.(event)
          hide()
        },
      })}
      {target !== undefined &&
        createPortal(<Bubble id={id} label={label} target={target} onHide={hide} />, document.body)}
    </>
  )
}

function createTimer(): { start: (ms: number, run: () => void) => void; clear: () => void } {
  let running: ReturnType<typeof setTimeout> | undefined
  const clear = (): void => clearTimeout(running)
  return {
    start(ms, run) {
      clear()
      running = setTimeout(run, ms)
    },
    clear,
  }
}

function currentTarget(event: unknown): unknown {
  return typeof event === 'object' && event !== null && 'currentTarget' in event ? event.currentTarget : undefined
}

function Bubble({ id, label, target, onHide }: { id: string; label: string; target: HTMLElement; onHide: () => void }) {
  const bubble = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = bubble.current
    if (element === null) return
    const place = target.getBoundingClientRect()
    const { width, height } = element.getBoundingClientRect()
    const middle = place.left + place.width / 2 - width / 2
    const below = place.bottom + gap + height <= innerHeight
    element.style.left = `${Math.min(innerWidth - width - gap, Math.max(gap, middle))}px`
    element.style.top = `${below ? place.bottom + gap : place.top - gap - height}px`
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') onHide()
    }
    addEventListener('keydown', onKey)
    addEventListener('scroll', onHide, true)
    addEventListener('pointerdown', onHide)
    return () => {
      removeEventListener('keydown', onKey)
      removeEventListener('scroll', onHide, true)
      removeEventListener('pointerdown', onHide)
    }
  }, [target, onHide])
  return (
    <div ref={bubble} id={id} role="tooltip" className={styles['tooltip']}>
      {label}
    </div>
  )
}
