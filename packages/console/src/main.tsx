/** Entry of the page. */

import { createRoot } from 'react-dom/client'
import '@mantine/core/styles.css'
import { MantineProvider } from '@mantine/core'

const root = document.getElementById('root')
if (root === null) throw new Error('the page has no #root')
createRoot(root).render(<MantineProvider defaultColorScheme="auto">Berth</MantineProvider>)
