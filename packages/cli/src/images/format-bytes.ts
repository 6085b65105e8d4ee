/** Sizes for people. */

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** `3 GiB`, `512.5 MiB`: powers of 1024, one decimal where it tells something. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${Number(value.toFixed(1))} ${units[unit] ?? ''}`
}
