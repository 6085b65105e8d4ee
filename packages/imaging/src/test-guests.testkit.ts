/** Where guests that tests boot are kept between runs: the folder that the other packages' tests use, so that each is made once. */

import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

export const testGuests = join(tmpdir(), `berth-test-guest-${userInfo().uid}`)
