export { ImagingError, callerCodes, systemCodes, type ImagingErrorCode } from './errors.ts'
export { type OnProgress, type Progress } from './progress.ts'
export {
  buildTinyGuest,
  tinyGuestCmdline,
  tinyGuestProbeArgument,
  type TinyGuest,
  type TinyGuestRequest,
} from './tiny-guest/build-tiny-guest.ts'
