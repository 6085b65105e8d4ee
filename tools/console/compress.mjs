// Compresses what browsers load once, when it is built: the server sends the smaller file as it lies there.
import fs from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import zlib from 'node:zlib'

const brotli = promisify(zlib.brotliCompress)
const gzip = promisify(zlib.gzip)
/** Smaller files fit into one packet anyhow. */
const worthIt = 1024

/** @param {string} folder of assets */
export async function compressAssets(folder) {
  const names = (await fs.readdir(folder)).filter((name) => /\.(js|css|svg|json|wasm)$/.test(name))
  await Promise.all(
    names.map(async (name) => {
      const file = path.join(folder, name)
      const content = await fs.readFile(file)
      if (content.length < worthIt) return
      // 9 of 11: the last percents take ten times as long.
      const params = { [zlib.constants.BROTLI_PARAM_QUALITY]: 9 }
      const [br, gz] = await Promise.all([brotli(content, { params }), gzip(content, { level: 9 })])
      await Promise.all([fs.writeFile(`${file}.br`, br), fs.writeFile(`${file}.gz`, gz)])
    }),
  )
}
