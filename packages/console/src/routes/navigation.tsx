/** Links and hooks over the router that take the URLs of paths.ts. */

import { useLocation, useNavigate, useParams } from '@tanstack/react-router'
import { useCallback, type AnchorHTMLAttributes, type MouseEvent, type Ref } from 'react'
import { searchText, type Path, type PathParams, type Search } from './paths.ts'

/** Goes to a URL of paths.ts. `replace` leaves no step for the back button. */
export function useGo(): (href: string, options?: { replace?: boolean }) => void {
  const navigate = useNavigate()
  return useCallback(
    (href, options) => {
      void navigate({ href, replace: options?.replace ?? false })
    },
    [navigate],
  )
}

export interface LinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> {
  /** Of paths.ts. */
  href: string
  replace?: boolean
  ref?: Ref<HTMLAnchorElement>
}

/** A real link (copied, opened in a new tab), that changes the page without loading it anew. */
export function Link({ href, replace, onClick, children, ...rest }: LinkProps) {
  const go = useGo()
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    onClick?.(event)
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
    if (event.defaultPrevented || !plain || (rest.target !== undefined && rest.target !== '_self')) return
    event.preventDefault()
    go(href, { replace: replace ?? false })
  }
  return (
    <a {...rest} href={href} onClick={follow}>
      {children}
    </a>
  )
}

/** The named parts of the present URL, decoded. Only for a page that is mounted under `path`. */
export function usePathParams<Pattern extends string>(_path: Path<Pattern>): PathParams<Pattern> {
  return useParams({ strict: false }) as PathParams<Pattern>
}

/** What stands behind the `?`, as texts; it came from outside, so the page checks it. */
export function useSearch(): Readonly<Record<string, string>> {
  return useLocation({ select: ({ search }) => search as Record<string, string>, structuralSharing: true })
}

/** Changes some of what stands behind the `?`; undefined or '' takes a value away. Leaves no step for the back button unless told to. */
export function useSetSearch(): (change: Search, options?: { push?: boolean }) => void {
  const navigate = useNavigate()
  const location = useLocation()
  return useCallback(
    (change, options) => {
      const search: Search = { ...(location.search as Search), ...change }
      void navigate({ href: location.pathname + searchText(search), replace: options?.push !== true })
    },
    [navigate, location],
  )
}
