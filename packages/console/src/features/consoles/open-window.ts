/** Opens a page of ours in a window of its own, that a person can size; named, so that the same console is not opened twice. */
export function openWindow(href: string): void {
  window.open(href, href, 'popup,width=1100,height=800')
}
