/** Puts the engine together and takes it apart again. What to start first is decided here and nowhere else. */

import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { messageOf, type Clock, type Logger } from '@berth/base'
import { openControlPlane, openPki, StoreError, type ControlPlane, type Pki, type Store } from '@berth/apiserver'
import {
  createClient,
  createEventRecorder,
  createLocalTransport,
  storageClasses,
  systemClock,
  wait,
  type Client,
} from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import { ContainerImages, proxyFromEnvironment, type RegistrySettings } from '@berth/imaging'
import { ImportRules, isLoopbackHost } from './host/import-rules.ts'
import { isAnyAddress, listen, urlHost } from './host/listen.ts'
import { openDriver, type DriverChoice, type EngineStep } from './host/open-driver.ts'
import { startControllers, startInformers, type Undo } from './start-controllers.ts'
import { ensureClusterObjects } from './bootstrap/cluster-objects.ts'
import { bringRoles, keepRoles } from './bootstrap/keep-roles.ts'
import type { Installation } from './bootstrap/kubevirt-status.ts'
import { keepInstalledStatus } from './configuration/keep-status.ts'
import { createCurrentConfiguration, followConfiguration } from './configuration/current.ts'
import { EngineError } from './errors.ts'
import { readAccess, type AccessFiles } from './host/access-files.ts'
import { writeAdminKubeconfig, writeConsoleKubeconfig } from './host/admin-kubeconfig.ts'
import { dataDirectory, makeDataDirectory, type DataDirectory } from './host/data-directory.ts'
import { readEngineFile, removeEngineFile, writeEngineFile } from './host/engine-file.ts'
import { openDataStore } from './host/open-store.ts'
import { ImagePulls } from './instances/images/image-pulls.ts'
import { refreshDownwardMetrics } from './instances/volumes/downward-metrics.ts'
import { installCommon, keepCommon } from './instancetypes/install-common.ts'
import { keepLeases, registerNodes } from './nodes/heartbeat.ts'
import { machineDefinitions } from './resources/definitions.ts'
import { allSchemas } from './resources/schemas.ts'
import { withHostRules } from './resources/host-rules.ts'
import { engineUser } from './resources/who.ts'
import { podLogSubresource } from './subresources/pod-log.ts'
import { podRefusals } from './subresources/pod-refusals.ts'
import { subresourcePresentation } from './subresources/virtual-resources.ts'
import { installCatalogue } from './templates/catalogue.ts'
import { createServices, instanceOf, type EngineServices } from './services.ts'
import { reportMachines } from './metrics/machine-metrics.ts'
import { reportUsage } from './metrics/usage-metrics.ts'
import { reportSessions } from './subresources/streams/sessions.ts'
import { kubernetesVersion, kubevirtVersion, productVersion } from './version.ts'
import { publishClaimUsage } from './volumes/claim-usage.ts'
import { publishCapacity, reportStorages } from './volumes/storage-capacity.ts'
import { resumeWhenRoom } from './volumes/full-storages.ts'
import { briefPatience } from './volumes/sources/fetch-image.ts'
import { knownStorages } from './volumes/storage/known-storages.ts'
import { Merger } from './volumes/merging/merger.ts'
import { createDoors } from './doors.ts'
import { ImageLibrary } from './volumes/image-library.ts'
import { watchImages } from './volumes/image-publisher.ts'
import { writtenDown } from './volume-updates/written-down.ts'
import { openVolumeStore } from './volumes/volume-store.ts'
import type { StorageOption } from './volumes/volume-types.ts'
import { tellPostponed } from './volumes/merging/tell-postponed.ts'
import { imagesInUse } from './volumes/merging/users.ts'

export interface EngineOptions {
  dataDir: string
  /** `127.0.0.1` unless given. */
  host?: string
  /** 7443 unless given; 0 picks a free one. */
  port?: number
  nodes?: number
  driver?: DriverChoice
  hostDiskFolders?: readonly string[]
  /** Directories where volumes are kept, beside the data directory; remembered from then on. */
  storages?: readonly StorageOption[]
  /** How registries of container images are reached; encrypted and with the system's certificates unless given. */
  registries?: RegistrySettings
  /**
   * Whether disks and images may be imported from servers of this host (its loopback, its own addresses). Unless given: when the API is
   * reached from this host only, so that who asks could ask those servers as well.
   */
  importsFromHost?: boolean
  access?: AccessFiles
  logger: Logger
  onProgress?: (step: EngineStep) => void
  /** The system's unless given. */
  clock?: Clock
  random?: () => number
}

export interface Engine {
  /** `https://127.0.0.1:7443` */
  readonly server: string
  readonly paths: DataDirectory
  readonly pki: Pki
  readonly client: Client
  readonly services: EngineServices
  readonly api: ControlPlane
  readonly store: Store
  /** Machines found running at the start. */
  readonly adopted: number
  /** True when the data directory was empty. */
  readonly fresh: boolean
  /** Stops the engine; machines keep running. */
  close(): Promise<void>
}

/** A store that is only looked at is free again by then. */
const lockPatienceMs = 10_000

/**
 * @throws {EngineError} AlreadyRunning, ListenFailed
 * @throws {DriverError} Unsupported when there is no QEMU
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { logger } = options
  const paths = dataDirectory(options.dataDir)
  await makeDataDirectory(paths)
  /** Undone last to first, also when the start fails half-way. */
  const undo: Undo = []
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    return await assemble({ options, paths, undo, close, logger })
  } catch (error) {
    await close()
    throw error
  }
}

interface Assembly {
  options: EngineOptions
  paths: DataDirectory
  undo: Undo
  close: () => Promise<void>
  logger: Logger
}

async function assemble({ options, paths, undo, close, logger }: Assembly): Promise<Engine> {
  const { clock = systemClock, random = Math.random } = options
  // First, as nothing is to be undone yet when a file or a folder is wrong.
  const access = await readAccess(options.access ?? {}, paths)
  const storages = await knownStorages(paths.volumes, options.storages ?? [])
  const store = await openTheStore(paths, logger, clock)
  undo.push(() => store.close())
  // Removed when everything but the store is down: `berth down` takes the machines over as soon as it is gone.
  undo.push(() => removeEngineFile(paths.engineFile))
  // Every engine that ever started has left its namespaces.
  const fresh = store.count('core/namespaces') === 0
  const images = new ImageLibrary(paths.images)
  const host = options.host ?? '127.0.0.1'
  const [pki, driver] = await Promise.all([
    openPki({ directory: paths.pki, clock, hostnames: [hostname()], addresses: isAnyAddress(host) ? [] : [host] }),
    openDriver({ options, paths, images, logger }),
  ])
  undo.push(() => driver.close())
  const { adopted } = await driver.adopt(writtenDown(store))
  if (adopted.length > 0) logger.info({ adopted: adopted.length }, 'machines found running')

  // Subresources need the services, which need a client of the server that serves them: the knot is tied with one late reference.
  const late: { services: EngineServices | undefined } = { services: undefined }
  const services = (): EngineServices => {
    if (late.services === undefined) throw new EngineError('NotRunning', 'the engine is still starting')
    return late.services
  }
  const storageNames = storages.map(({ name }) => name)
  const configuration = createCurrentConfiguration()
  const doors = createDoors({ pki, clock, logger, services })
  const plane = await openControlPlane({
    store,
    pki,
    definitions: [
      ...machineDefinitions({
        services,
        capabilities: driver.capabilities(),
        configuration,
        hostDiskFolders: options.hostDiskFolders ?? [],
      }),
      ...doors.definitions,
    ],
    rawPaths: doors.rawPaths,
    schemas: allSchemas,
    presentation: subresourcePresentation,
    ...access,
    podSubresources: { log: podLogSubresource(services), ...podRefusals(services) },
    adapt: withHostRules({
      storages: storageNames,
      storageClass: (name) => unlessMissing(services().client.get(storageClasses, { name })),
    }),
    clock,
    random: { uuid: randomUUID, number: random },
    logger,
    gitVersion: kubernetesVersion,
  })
  undo.push(() => plane.close())
  const client = createClient(createLocalTransport({ handle: plane.handler, user: engineUser }))
  undo.push(() => client.transport.close())

  const importRules = new ImportRules({ hostServices: options.importsFromHost ?? isLoopbackHost(host) })
  const containerImages = new ImagePulls({
    images: new ContainerImages({
      directory: paths.containerImages,
      registries: {
        proxy: { ...proxyFromEnvironment(process.env), refuses: importRules.refuses },
        ...options.registries,
      },
      // Who wants the image tries again later, and says so meanwhile; others have their turn.
      ...briefPatience,
      onGarbageFailure: (error) => logger.warn({ error: messageOf(error) }, 'old container images were not removed'),
    }),
    client,
    clock,
    random,
    logger,
  })
  undo.push(() => containerImages.close())
  const volumes = await openVolumeStore({
    storages,
    onReleased: () => merger.nudge(),
    inUse: () => imagesInUse(driver.list(), late.services?.diskLocks.readNow()),
    now: () => clock.now(),
  })
  const merger = new Merger({
    storages: volumes.storageSet,
    domains: () => driver.list(),
    clock,
    logger,
    onPostponed: (names, storage) => {
      if (late.services !== undefined) tellPostponed(late.services, names, storage)
    },
  })
  undo.push(() => merger.stop())
  late.services = createServices({
    client,
    clientAs: (user) => createClient(createLocalTransport({ handle: plane.handler, user })),
    containerImages,
    importRules,
    driver,
    volumes,
    images,
    handlerEvents: createEventRecorder({ client, component: 'virt-handler', clock, random, logger }),
    clock,
    random,
    logger,
    paths,
    hostDiskFolders: options.hostDiskFolders ?? [],
    configuration,
  })
  reportSessions(plane.metrics, late.services)
  reportStorages(plane.metrics, late.services)
  reportMachines(plane.metrics, late.services.informers)
  const { informers } = late.services
  reportUsage(plane.metrics, { driver, clock, instanceOf: (id) => instanceOf(informers, id) })
  const installation = (): Installation => ({
    version: kubevirtVersion,
    architecture: driver.capabilities().architecture,
    now: clock.now(),
  })
  await ensureClusterObjects(client, installation(), storageNames)
  await startInformers(late.services, undo)
  undo.push(followConfiguration(configuration, late.services.informers.kubeVirts))
  undo.push(keepInstalledStatus({ client, informer: late.services.informers.kubeVirts, installation, logger }))
  await bringRoles(client, configuration.get().aggregateRoles)
  undo.push(keepRoles({ client, configuration, logger }))
  await installCommon(client, configuration.get().commonInstancetypes)
  undo.push(keepCommon({ client, configuration, logger }))
  await installCatalogue(client, driver.capabilities().architecture)
  await registerNodes(late.services, { count: options.nodes ?? 1, version: kubernetesVersion })
  await startControllers(late.services, undo)
  undo.push(publishCapacity(late.services))
  undo.push(publishClaimUsage(late.services, plane.metrics))
  undo.push(resumeWhenRoom(late.services))
  undo.push(driver.on(() => merger.nudge()))
  merger.nudge()
  undo.push(keepLeases(late.services, options.nodes ?? 1))
  undo.push(await watchImages(late.services))
  undo.push(refreshDownwardMetrics(late.services))

  const listener = await listen(plane, { host, port: options.port ?? 7443 })
  importRules.listensOn(listener.port)
  const server = `https://${urlHost(listener.host)}:${listener.port}`
  undo.push(() => doors.close())
  await doors.open(late.services, server)
  await writeAdminKubeconfig(paths.adminKubeconfig, { pki, server })
  await writeConsoleKubeconfig(paths.consoleKubeconfig, { pki, server })
  await writeEngineFile(paths.engineFile, {
    pid: process.pid,
    server,
    version: productVersion,
    startedAt: clock.now().toISOString(),
  })
  logger.info({ server, revision: store.revision }, 'engine ready')
  return {
    server,
    paths,
    pki,
    client,
    services: late.services,
    api: plane,
    store,
    adopted: adopted.length,
    fresh,
    close,
  }
}

async function openTheStore(paths: DataDirectory, logger: Logger, clock: Clock): Promise<Store> {
  const deadline = clock.now().getTime() + lockPatienceMs
  for (;;) {
    try {
      return await openDataStore(paths, logger)
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'Locked')) throw error
      // Held, and not by an engine that is up: by `berth status`, or by an engine that is about to end.
      const soonFree = clock.now().getTime() < deadline && (await readEngineFile(paths.engineFile)) === undefined
      if (!soonFree) {
        throw new EngineError('AlreadyRunning', `an engine runs on ${paths.root} already: ${error.message}`, {
          cause: error,
          remedy: 'Use it, stop it with `berth down`, or start this one with another --data-dir.',
        })
      }
    }
    await wait(clock, 50, new AbortController().signal)
  }
}
