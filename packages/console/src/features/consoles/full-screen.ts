/** Gives an element the whole screen, or back. Where the browser refuses, the page stays as it is. */
export async function toggleFullScreen(element: HTMLElement | null): Promise<void> {
  if (document.fullscreenElement !== null) await document.exitFullscreen()
  else await element?.requestFullscreen()
}
