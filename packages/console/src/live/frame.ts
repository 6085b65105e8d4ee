/** Work done once before the next frame; in a tab in the background, where there are no frames, a little later. */

const backgroundMs = 250

/** Calls back exactly once: in the next frame, or after a quarter of a second when the tab is not shown. */
export function nextFrame(commit: () => void): void {
  let done = false
  const once = (): void => {
    if (done) return
    done = true
    commit()
  }
  requestAnimationFrame(once)
  setTimeout(once, backgroundMs)
}
