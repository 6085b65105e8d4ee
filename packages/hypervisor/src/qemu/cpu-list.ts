/** The kernel's and taskset's way to write a set of processors: `0-3,8`. */

/** @param text as the kernel writes it; empty is no processor */
export function parseCpuList(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? []
    if (first === undefined) return []
    const from = Number(first)
    return Array.from({ length: Number(last ?? first) - from + 1 }, (_, index) => from + index)
  })
}

export function formatCpuList(cpus: readonly number[]): string {
  return cpus.join(',')
}
