/**
 * Gives the library `ws` a fast way to mask. It looks for one in node:http when it is loaded, where newer versions of Node have one, and
 * otherwise goes byte by byte: this file is imported before it.
 */

import http from 'node:http'
import { websocketMasking } from '@berth/base'

if (!('websocketMask' in http)) Object.assign(http, websocketMasking)
