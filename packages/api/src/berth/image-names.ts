/** Labels and annotations of published images: on DataSources and the disks behind them. */

/** Name of the image whose version this is. */
export const imageLabel = 'berth.dev/image'
/** Its number. */
export const imageVersionLabel = 'berth.dev/image-version'
/** `true`: lists for new machines leave it out. */
export const imageRetiredLabel = 'berth.dev/image-retired'
/** On DataSources, for lists: a quantity. */
export const diskSizeAnnotation = 'berth.dev/disk-size'
/** For people. */
export const imageDescriptionAnnotation = 'berth.dev/image-description'
/** `NAMESPACE/NAME` of the build that made it. */
export const imageBuildAnnotation = 'berth.dev/image-build'
/** `NAMESPACE/NAME` of the image that this one is a copy of, so that those of another namespace may use it. */
export const imageCopyAnnotation = 'berth.dev/image-copy-of'
/** Where its content came from: an address, `NAMESPACE/NAME` of a disk. */
export const imageSourceAnnotation = 'berth.dev/image-source'
/** Name of the file that was uploaded. */
export const imageFileAnnotation = 'berth.dev/from-file'
/** On what a build makes for itself: its name. */
export const imageBuildLabel = 'berth.dev/image-build-name'

/** What KubeVirt infers instance type and preference from. */
export const defaultLabels = {
  instancetype: 'instancetype.kubevirt.io/default-instancetype',
  instancetypeKind: 'instancetype.kubevirt.io/default-instancetype-kind',
  preference: 'instancetype.kubevirt.io/default-preference',
  preferenceKind: 'instancetype.kubevirt.io/default-preference-kind',
} as const

export function versionName(image: string, version: number): string {
  return `${image}-v${version}`
}

/** Labels of something that was published: which image and version it is. */
export function versionOf(
  labels: Readonly<Record<string, string>> = {},
): { image: string; version: number } | undefined {
  const image = labels[imageLabel]
  const number = labels[imageVersionLabel] ?? ''
  return image === undefined || !/^[1-9]\d{0,8}$/.test(number) ? undefined : { image, version: Number(number) }
}

/** Numbers are not used again while anything of them is left. @param all labels of what is there of the image */
export function nextVersion(all: readonly (Readonly<Record<string, string>> | undefined)[]): number {
  return Math.max(0, ...all.map((labels) => versionOf(labels)?.version ?? 0)) + 1
}
