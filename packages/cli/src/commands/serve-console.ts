/** What `berth up` starts as its second process. */

import { messageOf } from '@berth/base'
import type { CommandSpec } from '../command.ts'

export const serveConsole: CommandSpec = {
  name: 'serve-console',
  summary: 'run the console of an engine; `berth up` does',
  hidden: true,
  options: [
    { flags: '--data-dir DIRECTORY', summary: "the engine's data directory" },
    { flags: '--console-listen ADDRESS', summary: 'HOST:PORT' },
    { flags: '--console-cert FILE', summary: 'certificate (PEM)' },
    { flags: '--console-key FILE', summary: 'its key' },
    { flags: '--public-url URL', summary: 'address that people reach it under', repeatable: true },
  ],
  examples: [],
  async run(input, context) {
    const [{ serveConsole: serve }, { engineConsole }, { withParent }] = await Promise.all([
      import('../console-process/serve.ts'),
      import('../console-process/engine-console.ts'),
      import('../process/own-program.ts'),
    ])
    const parent = withParent(context.signal)
    try {
      await serve(await engineConsole(input, context), {
        context,
        signal: parent.signal,
        ready: async (console) => parent.tell({ url: console.url, link: await console.newSignInLink() }),
      })
    } catch (error) {
      parent.tell({ failure: messageOf(error) })
      throw error
    }
  },
}
