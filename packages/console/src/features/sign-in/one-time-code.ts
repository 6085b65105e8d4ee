/** The code of a one-time link: taken out of the address at once, so that neither history nor a copied address has it. */

let pending: string | undefined

/** Before anything else runs. */
export function takeCodeFromAddress(): void {
  const code = new URLSearchParams(location.hash.slice(1)).get('code')
  if (code === null || code === '') return
  pending = code
  history.replaceState(history.state, '', location.pathname + location.search)
}

/** Once. */
export function pendingCode(): string | undefined {
  const code = pending
  pending = undefined
  return code
}
