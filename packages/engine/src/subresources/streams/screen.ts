/** `vnc`: the screen as a stream, and below it `vnc/screenshot`. */

import type { Subresource } from '@berth/apiserver'
import type { EngineServices } from '../../services.ts'
import { deviceSubresource } from './device-stream.ts'
import { screen } from './devices.ts'
import { screenshot } from './screenshot.ts'

export function vncSubresource(services: () => EngineServices): Subresource {
  const stream = deviceSubresource(services, screen)
  return {
    methods: ['GET'],
    async handle(request) {
      const [action, ...more] = request.rest
      if (action === 'screenshot' && more.length === 0) return screenshot(services(), request)
      return stream.handle(request)
    },
  }
}
