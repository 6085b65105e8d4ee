/** `berth up`. */

import { resolve } from 'node:path'
import type { CommandSpec } from '../command.ts'
import { parseAddress } from '../console-process/address.ts'
import { dataDirectoryOption } from '../connection/options.ts'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'
import { consoleOptions } from '../console-process/options.ts'

export const up: CommandSpec = {
  name: 'up',
  summary: 'run the engine on this host, in the foreground',
  description:
    'On a new data directory it also makes a VM "hello". Ctrl-C stops the engine; VMs keep running, and the next `berth up` finds them again.',
  options: [
    { flags: '--nodes COUNT', summary: 'nodes to be on this host', default: '1' },
    { flags: '--listen ADDRESS', summary: 'HOST:PORT to serve the API on (default: 127.0.0.1:7443)' },
    {
      flags: '--host-disks FOLDER',
      summary: 'let VMs use disk images below this folder of the host (hostDisk); may be given again',
      repeatable: true,
    },
    {
      flags: '--storage NAME=DIRECTORY',
      summary: 'keep volumes in this directory, too: classes NAME and NAME-raw; remembered; may be given again',
      repeatable: true,
    },
    {
      flags: '--insecure-registry HOST:PORT',
      summary: 'pull container images from this registry over plain http; may be given again',
      repeatable: true,
    },
    {
      flags: '--imports-from-host',
      summary: 'import disks and images from servers of this host (default: while API and console listen on 127.0.0.1)',
    },
    { flags: '--registry-ca FILE', summary: "certificates of registries to trust beside the system's (PEM)" },
    {
      flags: '--authentication-config FILE',
      summary: 'take tokens of OpenID Connect issuers, as this AuthenticationConfiguration says',
    },
    { flags: '--audit-policy FILE', summary: 'what the audit log keeps (default: changes, without their secrets)' },
    { flags: '--no-audit', summary: 'keep no audit log' },
    { flags: '--no-sample', summary: 'do not make the VM "hello"' },
    { flags: '--no-console', summary: 'do not serve the web console' },
    ...consoleOptions,
    dataDirectoryOption,
  ],
  examples: ['up', 'up --nodes 3 --listen 0.0.0.0:7443'],
  async run(input, context) {
    const { engineReporter } = await import('../output/engine-events.ts')
    const { consoleBeside } = await import('../console-process/beside-engine.ts')
    const [engine, { besideEngine }] = await Promise.all([
      context.engine(),
      import('../controllers-process/beside-engine.ts'),
    ])
    const listen = input.text('listen')
    const authenticationConfig = input.text('authenticationConfig')
    const auditPolicy = input.text('auditPolicy')
    const registryCa = input.text('registryCa')
    const reporter = engineReporter(context)
    const dataDir = input.text('dataDir') ?? context.dataDirectory
    const importsFromHost = await hostImports(input, context)
    const page = input.flag('console') ? await consoleBeside({ input, context, dataDir }) : undefined
    try {
      const { runningMachines } = await engine.runEngine({
        dataDir,
        nodes: input.integer('nodes', { min: 1, max: 16 }) ?? 1,
        hostDiskFolders: input.texts('hostDisks').map((folder) => resolve(folder)),
        storages: input.texts('storage').map(storageOf),
        registries: {
          insecure: input.texts('insecureRegistry'),
          ...(registryCa === undefined ? {} : { caFile: resolve(registryCa) }),
        },
        ...(importsFromHost === undefined ? {} : { importsFromHost }),
        access: {
          ...(authenticationConfig === undefined ? {} : { authenticationConfig: resolve(authenticationConfig) }),
          ...(auditPolicy === undefined ? {} : { auditPolicy: resolve(auditPolicy) }),
          audit: input.flag('audit'),
        },
        sample: input.flag('sample'),
        onProgress(event) {
          if (event.kind === 'listening') page?.start()
          if (event.kind === 'ready' && page !== undefined) page.tellAfter(() => reporter.report(event))
          else reporter.report(event)
        },
        beside: await besideEngine(context),
        signal: context.signal,
        ...(listen === undefined ? {} : { listen }),
      })
      context.terminal.stderr.write(context.spell(farewell(runningMachines)))
    } catch (error) {
      reporter.abandon()
      throw error
    } finally {
      await page?.stop()
    }
  },
}

/** Undefined where the address of the API decides: who comes through a console from elsewhere is not on this host either. */
async function hostImports(input: Input, context: CommandContext): Promise<boolean | undefined> {
  if (input.flag('importsFromHost')) return true
  const listen = input.text('consoleListen')
  if (!input.flag('console')) return undefined
  if (input.texts('publicUrl').length > 0) return false
  if (listen === undefined) return undefined
  const { isLoopback } = await context.consoleServer()
  return isLoopback(parseAddress(listen, '--console-listen').host) ? undefined : false
}

/** `fast=/mnt/nvme` */
function storageOf(text: string): { name: string; directory: string } {
  const at = text.indexOf('=')
  const directory = text.slice(at + 1)
  if (at > 0 && directory.startsWith('lvm:')) {
    throw new CliError('Usage', 'LVM thin pools cannot be used as storages yet', {
      remedy: 'Make a file system on a volume of the pool, mount it, and give its directory.',
    })
  }
  if (at > 0 && directory !== '') return { name: text.slice(0, at), directory: resolve(directory) }
  throw new CliError('Usage', `"${text}" is not NAME=DIRECTORY`, { remedy: 'For example: --storage fast=/mnt/nvme' })
}

export function farewell(runningMachines: number): string {
  if (runningMachines === 0) return '\nEngine stopped. No VMs are running.\n'
  const count = runningMachines === 1 ? '1 VM keeps' : `${runningMachines} VMs keep`
  return `\nEngine stopped; ${count} running. \`berth up\` finds them again; \`berth down\` stops them too.\n`
}
