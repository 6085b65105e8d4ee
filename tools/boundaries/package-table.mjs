// What each package may import of the others (ARCHITECTURE.md, "Packages"), and where processes may be started.

/** `lazy` packages may be imported only with `import()`, so that they cost nothing until used. */
export const packageTable = {
  base: { may: [] },
  meta: { may: ['base'] },
  api: { may: ['meta'] },
  view: { may: ['base', 'meta', 'api'] },
  kube: { may: ['base', 'meta'] },
  apiserver: { may: ['base', 'meta'] },
  store: { may: ['base', 'apiserver'] },
  imaging: { may: ['base'] },
  hypervisor: { may: ['base', 'imaging'] },
  engine: { may: ['base', 'meta', 'api', 'kube', 'apiserver', 'store', 'imaging', 'hypervisor'] },
  controllers: { may: ['base', 'meta', 'api', 'kube'] },
  'console-server': { may: ['base', 'meta', 'api', 'view', 'kube', 'imaging'] },
  console: { may: ['base', 'meta', 'api', 'view'] },
  cli: { may: ['base', 'meta', 'api', 'view', 'kube', 'imaging'], lazy: ['engine', 'console-server', 'controllers'] },
  testkit: { may: ['base', 'meta', 'api', 'kube', 'apiserver', 'store', 'imaging', 'hypervisor', 'engine'] },
}

/** Packages that must run anywhere: no Node modules at all. */
export const purePackages = ['base', 'meta', 'api', 'view']

/** Packages whose code runs in a browser: no Node modules either, but what a browser has. */
export const browserPackages = ['console']

/** Folders that may import node:child_process. */
export const processFolders = ['packages/imaging/', 'packages/hypervisor/', 'packages/cli/src/process/']
