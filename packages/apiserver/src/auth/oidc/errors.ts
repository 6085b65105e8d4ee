/** What can be wrong with the settings of OpenID Connect. */

import { CodedError } from '@berth/base'

/** - `InvalidConfiguration`: the configuration of issuers is not valid; the message names each field. */
export type OidcErrorCode = 'InvalidConfiguration'

export class OidcError extends CodedError<OidcErrorCode> {}
