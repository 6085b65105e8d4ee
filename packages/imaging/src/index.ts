export { ImagingError, callerCodes, systemCodes, type ImagingErrorCode } from './errors.ts'
export { type OnProgress, type Progress } from './progress.ts'
export {
  buildTinyGuest,
  tinyGuestCmdline,
  tinyGuestProbeArgument,
  type TinyGuest,
  type TinyGuestRequest,
} from './tiny-guest/build-tiny-guest.ts'
export { buildInspectorGuest } from './inspector-guest/build-inspector-guest.ts'
export {
  checkImage,
  convertImage,
  createImage,
  createOverlay,
  imageInfo,
  resizeImage,
  type CheckResult,
  type DiskFormat,
  type ImageFormat,
  type ImageRef,
} from './qemu-img.ts'
export {
  commitImage,
  compareImages,
  createEmptyOverlay,
  rebaseImage,
  renameBacking,
  type NamedBacking,
} from './qemu-img-chains.ts'
export { addImageBitmap, mergeImageBitmap, removeImageBitmap, type ImageBitmap } from './qemu-img-bitmaps.ts'
export { type ImageInfo } from './qemu-img-info.ts'
export {
  configDriveFiles,
  noCloudFiles,
  type ConfigDisk,
  type ConfigDriveDevice,
  type ConfigDriveRequest,
  type NoCloudRequest,
} from './cloud-init.ts'
export {
  buildDebianImage,
  debianReleases,
  type DebianImageRequest,
  type DebianRelease,
} from './debian-image/build-debian-image.ts'
export { packagesNeeded } from './debian-image/packages-needed.ts'
export { writeIso, type IsoRequest } from './iso/write-iso.ts'
export { fileChecksum, parseChecksum, type Checksum, type ChecksumAlgorithm } from './checksum.ts'
export { freeBytes, requireFreeBytes } from './free-space.ts'
export { inspectUntrusted, type UntrustedImage } from './untrusted/inspect-untrusted.ts'
export { importImage, type ImportImageRequest } from './untrusted/import-image.ts'
export { NbdClient, type BlockStatus, type NbdExport } from './disk-reader/nbd-client.ts'
export { reserveSpace } from './reserve-space.ts'
export { openDiskReader, type DiskReader, type DiskToRead, type Extent } from './disk-reader/open-disk-reader.ts'
export { gzipBytes } from './disk-streams/gzip.ts'
export { layOutQcow2, qcow2Bytes } from './disk-streams/qcow2.ts'
export { type Qcow2Layout } from './disk-streams/qcow2-layout.ts'
export { rawBytes } from './disk-streams/raw.ts'
export { download, type Downloaded, type DownloadRequest } from './download/download.ts'
export { gatheredBody } from './download/gathered-body.ts'
export { receiveFile } from './download/receive-file.ts'
export { proxyFromEnvironment, type ProxySettings } from './download/proxy.ts'
export { addressKind, plainAddress } from './download/address-kind.ts'
export type { AddressRule } from './download/guarded-lookup.ts'
export { downloadS3, type S3DownloadRequest } from './s3/download-s3.ts'
export { s3Address } from './s3/address.ts'
export { type S3Credentials } from './s3/sign.ts'
export { type ContentKind } from './download/content-kind.ts'
export { ImageCache, type AddRequest, type CachedImage } from './image-cache.ts'
export { safeImagePath } from './image-path.ts'
export {
  ContainerImages,
  type ContainerImagesOptions,
  type ImageContent,
  type ImageRequest,
  type PullPolicy,
} from './container-disk/container-images.ts'
export { type ContentFile, type ContentRequest } from './container-disk/content.ts'
export { type NamedImage, type UsedImage } from './container-disk/image-names.ts'
export { type LoadedImage, type LoadRequest } from './container-disk/load-images.ts'
export { parseReference, showReference, type ImageReference } from './oci/reference.ts'
export { parseDockerCfg, parseDockerConfig, type RegistryLogins } from './registry/credentials.ts'
export { type RegistrySettings } from './registry/registry-address.ts'
export { openFileBytes, type FileBytes } from './ova/file-bytes.ts'
export { verifiedParts, type StreamedPart } from './ova/verified-parts.ts'
