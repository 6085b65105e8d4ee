/** After a change of page the focus goes to its heading, so that keyboard and screen reader go on from there. */

import { useLocation } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'

export function useFocusOnNavigation(): void {
  const { pathname } = useLocation()
  const shown = useRef(pathname)
  useEffect(() => {
    // Not when the page is opened: the browser puts the focus itself then.
    if (shown.current === pathname) return
    shown.current = pathname
    // The page's code may come a moment later.
    const observer = new MutationObserver(() => settle())
    const settle = (): void => {
      const heading = document.querySelector<HTMLElement>('#work h1')
      if (heading === null) return
      observer.disconnect()
      heading.focus({ preventScroll: true })
    }
    const work = document.querySelector('#work')
    if (work !== null) observer.observe(work, { childList: true, subtree: true })
    settle()
    return () => observer.disconnect()
  }, [pathname])
}
