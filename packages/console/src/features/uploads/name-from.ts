/** A name that the API takes, from the name of a file or machine. */
export function nameFrom(text: string): string {
  return text
    .toLowerCase()
    .replace(/(?:\.(?:qcow2?|img|raw|iso|vmdk|vhdx?|vdi|gz|xz|zst|ova|ovf))+$/, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 50)
    .replaceAll(/^-+|-+$/g, '')
}
