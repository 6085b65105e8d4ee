/** The page: its files, kept by browsers for ever because their names change with their content, and index.html for every other path. */

import { randomBytes } from 'node:crypto'
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { ConsoleError } from '../errors.ts'
import { pageHeaders } from './security-headers.ts'

/** Stands in index.html where the nonce belongs; the build puts it on its own elements (`html.cspNonce`). */
const nonceMark = '__CSP_NONCE__'

export async function servePage(app: FastifyInstance, { assets }: { assets: string }): Promise<void> {
  await app.register(fastifyStatic, {
    root: join(assets, 'assets'),
    prefix: '/assets/',
    preCompressed: true,
    immutable: true,
    maxAge: '365d',
    index: false,
    dotfiles: 'ignore',
    setHeaders: (reply) => {
      void reply.header('x-content-type-options', 'nosniff')
      void reply.header('cross-origin-resource-policy', 'same-origin')
    },
  })
  app.get('/favicon.svg', (_request, reply) => sendIcon(reply, assets))
  app.get('/*', (request, reply) => {
    if (/^\/(?:api|assets)(?:\/|\?|$)/.test(request.url)) {
      throw new ConsoleError('NotFound', 'there is nothing under this address')
    }
    return sendIndex(reply, { assets })
  })
}

async function sendIndex(reply: FastifyReply, { assets }: { assets: string }): Promise<FastifyReply> {
  const nonce = randomBytes(16).toString('base64')
  void reply.headers(pageHeaders(nonce)).header('cache-control', 'no-store')
  const text = await index(assets)
  if (text === undefined) {
    return reply.code(503).type('text/plain; charset=utf-8').send(notBuilt)
  }
  return reply.type('text/html; charset=utf-8').send(withNonce(text, nonce))
}

const notBuilt = 'The page of the console is not built here. Run `npm run build`, then load this again.\n'

/** The page finds the nonce where Vite puts it: `<meta property="csp-nonce" nonce="…">`. */
function withNonce(text: string, nonce: string): string {
  const marked = text.includes(nonceMark)
    ? text
    : text.replace('</head>', `<meta property="csp-nonce" nonce="${nonceMark}"></head>`)
  return marked.replaceAll(nonceMark, nonce)
}

/** Read each time: it is small, and a new build takes effect at once. */
async function index(assets: string): Promise<string | undefined> {
  return (await exists(join(assets, 'index.html'))) ? readFile(join(assets, 'index.html'), 'utf8') : undefined
}

async function sendIcon(reply: FastifyReply, assets: string): Promise<FastifyReply> {
  const path = join(assets, 'favicon.svg')
  if (!(await exists(path))) throw new ConsoleError('NotFound', 'there is no icon')
  return reply
    .headers({ 'content-security-policy': "default-src 'none'; sandbox", 'x-content-type-options': 'nosniff' })
    .header('cache-control', 'max-age=86400')
    .type('image/svg+xml')
    .send(await readFile(path))
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}
