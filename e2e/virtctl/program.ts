/** The real virtctl, where Go is there to build it. */

import { buildGo, virtctlWith, type GoProgram, type TestEngine, type Virtctl } from '@berth/testkit'

/** Its own word for its version; the module has none in it. */
const version = 'v1.8.0'

export function buildVirtctl(): Promise<GoProgram> {
  return buildGo({
    folder: import.meta.dirname,
    package: 'kubevirt.io/kubevirt/cmd/virtctl',
    name: 'virtctl',
    ldflags: `-X kubevirt.io/client-go/version.gitVersion=${version}`,
  })
}

export function virtctlOf(program: string, { paths, scratch }: TestEngine): Virtctl {
  return virtctlWith({ program, kubeconfig: paths.adminKubeconfig, home: scratch })
}
