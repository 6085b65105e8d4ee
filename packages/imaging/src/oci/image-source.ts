/** What an image layout or an archive offers, whichever format it is in. */

export interface SourceImage {
  /** Of its manifest or index. */
  digest: string
  /** As the source spells them: whole names, or only tags. */
  names: string[]
}

export interface ImageSource {
  images: SourceImage[]
  /** @throws {ImagingError} NotFound, ChecksumMismatch, TooLarge */
  manifest(digest: string): Promise<Buffer>
  /** The file with this content; its digest is not checked yet. @throws {ImagingError} NotFound */
  blob(digest: string): string
}
