// Installs everything the checks and tests need, and builds; `npm test` and `.ci/run` begin with it.
import { fail, setUp } from './setup/index.mjs'

setUp(['run', 'image', 'test']).catch(fail)
