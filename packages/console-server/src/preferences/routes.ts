/** `GET|PUT /api/preferences`: what a person set up for themselves (columns, saved views, theme), kept as the page wrote it. */

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { ConsoleError } from '../errors.ts'
import { makePrivateFolder, readJsonFile, writeJsonFile } from '../files/private-files.ts'
import type { Routes } from '../http/routes.ts'

export const maxPreferenceBytes = 64 * 1024

export const preferenceRoutes: Routes = (app, { person, dataDirectory }) => {
  const folder = join(dataDirectory, 'preferences')
  /** The hash keeps names of people out of the reach of file names. */
  const fileOf = (owner: string): string => join(folder, `${createHash('sha256').update(owner).digest('hex')}.json`)

  const preferencesOf = async (owner: string): Promise<unknown> => (await readJsonFile(fileOf(owner))) ?? {}

  app.get('/api/preferences', (request) => preferencesOf(person(request).owner))

  app.put('/api/preferences', { bodyLimit: maxPreferenceBytes }, async (request, reply) => {
    const { body } = request
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw new ConsoleError('BadRequest', 'preferences must be a JSON object')
    }
    await makePrivateFolder(folder)
    await writeJsonFile(fileOf(person(request).owner), body)
    return reply.code(204).send()
  })
}
