export function CommandBar() {
  return null
}
