/** Entry of the page. */

import './ui/styles.css'
import { RouterProvider } from '@tanstack/react-router'
import { createRoot } from 'react-dom/client'
import { FailedPage, NotFoundPage, PendingPage } from './app/fallbacks.tsx'
import { Providers } from './app/providers.tsx'
import { BareFrame, Shell } from './app/shell.tsx'
import { takeCodeFromAddress } from './features/sign-in/index.ts'
import { startMessages } from './i18n/index.ts'
import { makeRouter } from './routes/router.tsx'
import { pageRoutes } from './routes/table.ts'

takeCodeFromAddress()

const root = document.getElementById('root')
if (root === null) throw new Error('the page has no #root')

const router = makeRouter({
  pages: pageRoutes,
  Shell,
  Bare: BareFrame,
  NotFound: NotFoundPage,
  Failed: FailedPage,
  Pending: PendingPage,
})

await startMessages()
createRoot(root).render(
  <Providers>
    <RouterProvider router={router} />
  </Providers>,
)
