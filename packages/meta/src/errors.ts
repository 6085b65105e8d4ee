/** The one error class of this package for texts and schemas that cannot be read; see README.md for the codes. */

import { CodedError } from '@berth/base'

export type MetaErrorCode =
  | 'InvalidQuantity'
  | 'InvalidLabelSelector'
  | 'InvalidFieldSelector'
  | 'InvalidJsonPath'
  | 'InvalidPattern'
  | 'InvalidSchema'
  | 'InvalidTime'

export class MetaError extends CodedError<MetaErrorCode> {}
