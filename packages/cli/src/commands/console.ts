/** `berth console`. */

import type { CommandSpec } from '../command.ts'
import { dataDirectoryOption } from '../connection/options.ts'
import { consoleOptions } from '../console-process/options.ts'

export const consoleCommand: CommandSpec = {
  name: 'console',
  summary: 'serve the web console for clusters of a kubeconfig, or make a link to sign in to the one that runs',
  description:
    'Shows the clusters of the named contexts side by side, with your own rights, to whoever opens the printed link. With --shared ' +
    'nothing of the kubeconfig but addresses is used: people sign in with tokens of their own. The console of this host runs with ' +
    '`berth up`; --link prints another link for it.',
  options: [
    { flags: '--kubeconfig FILE', summary: 'the kubeconfig to use', completion: 'file' },
    {
      flags: '--context NAME',
      summary: 'a context in it (default: the current one); may be given again',
      repeatable: true,
      completion: 'context',
    },
    {
      flags: '--prometheus [CONTEXT=]URL',
      summary: 'the Prometheus that reads KubeVirt there, for charts with a past; once for each context',
      repeatable: true,
    },
    { flags: '--shared', summary: 'people sign in with tokens of their own' },
    { flags: '--link', summary: 'print a new link for the console that runs on this host, and end' },
    { flags: '--user NAME', summary: 'with --link: the local user it signs in (default: admin)' },
    ...consoleOptions,
    dataDirectoryOption,
  ],
  examples: [
    'console',
    'console --context east --context west',
    'console --context east --prometheus east=http://prometheus.example.org:9090',
    'console --shared --console-listen 0.0.0.0:7480 --console-cert console.pem --console-key console.key',
    'console --link',
  ],
  async run(input, context) {
    if (input.flag('link')) {
      const { printLink } = await import('../console-process/print-link.ts')
      return printLink(input, context)
    }
    const [{ serveConsole }, { contextConsole }] = await Promise.all([
      import('../console-process/serve.ts'),
      import('../console-process/context-console.ts'),
    ])
    const options = await contextConsole(input, context)
    await serveConsole(options, {
      context,
      signal: context.signal,
      async ready(console) {
        const { stdout } = context.terminal
        if (options.signIn === 'tokens') stdout.write(`Console: ${console.url}\n`)
        else stdout.write(`Console: ${context.style.bold(await console.newSignInLink())}\n`)
      },
    })
  },
}
