/** The layout of vhostmd's metrics disk: a header of 16 bytes, then XML. Pure. */

export interface Figure {
  context: 'host' | 'vm'
  name: string
  type: 'string' | 'int64' | 'uint64' | 'real64'
  value: string
  unit?: string
}

/** Of the whole disk: what vhostmd makes. */
export const metricsDiskBytes = 256 * 1024
const headerBytes = 16
/** `mvbd`, which vhostmd's readers look for. */
const signature = 'mvbd'
const maxText = metricsDiskBytes - headerBytes

export interface MetricsDisk {
  /** The header that tells readers to wait, and the text. */
  locked: Buffer
  /** The header that lets them read, and the text. */
  unlocked: Buffer
  /** Length of the header. */
  header: number
}

/** @param text is cut off nowhere: it has a few lines per machine */
export function metricsDisk(text: string): MetricsDisk {
  const body = Buffer.from(text).subarray(0, maxText)
  const checksum = body.reduce((sum, byte) => sum + byte, 0)
  const withFlag = (flag: number): Buffer => {
    const header = Buffer.alloc(headerBytes)
    header.write(signature, 'latin1')
    header.writeInt32BE(flag, 4)
    header.writeInt32BE(checksum, 8)
    header.writeInt32BE(body.length, 12)
    return Buffer.concat([header, body])
  }
  return { locked: withFlag(1), unlocked: withFlag(0), header: headerBytes }
}

export function metricsText(figures: readonly Figure[]): string {
  const lines = figures.map(({ type, context, unit, name, value }) => {
    const attributes = [`type="${type}"`, `context="${context}"`, ...(unit === undefined ? [] : [`unit="${unit}"`])]
    return `  <metric ${attributes.join(' ')}>\n    <name>${escape(name)}</name>\n    <value>${escape(value)}</value>\n  </metric>\n`
  })
  return figures.length === 0 ? '<metrics></metrics>\n' : `<metrics>\n${lines.join('')}</metrics>\n`
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
