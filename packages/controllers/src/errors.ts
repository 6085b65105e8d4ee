/** What can be wrong with how controllers are started. */

import { CodedError } from '@berth/base'

export const controllersErrorCodes = ['UnknownController'] as const

export type ControllersErrorCode = (typeof controllersErrorCodes)[number]

export class ControllersError extends CodedError<ControllersErrorCode> {}
