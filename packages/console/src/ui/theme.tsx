/** Mantine in our colours and sizes: its variables name our tokens. */

import {
  createTheme,
  MantineProvider,
  useMantineColorScheme,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from '@mantine/core'
import { useEffect, type ReactNode } from 'react'
import { getAppearance, useAppearance } from './appearance.ts'
import { styleNonce } from './style-nonce.ts'

// Mantine computes with ten shades; what is seen of them are the tokens below.
const accent: MantineColorsTuple = [
  '#e3edfb',
  '#c9dcf7',
  '#a3c4f2',
  '#74abff',
  '#4a88e0',
  '#2f6fd0',
  '#1d5fc4',
  '#174fa6',
  '#123f86',
  '#0d2f66',
]

const theme = createTheme({
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--font-mono)',
  fontSizes: {
    xs: 'var(--text-sm)',
    sm: 'var(--text-md)',
    md: 'var(--text-md)',
    lg: 'var(--text-lg)',
    xl: 'var(--text-xl)',
  },
  colors: { accent },
  primaryColor: 'accent',
  primaryShade: { light: 6, dark: 3 },
  defaultRadius: 'var(--radius)',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Modal: { defaultProps: { transitionProps: { duration: 100 } } },
    Menu: { defaultProps: { transitionProps: { duration: 80 }, shadow: 'none' } },
    Popover: { defaultProps: { transitionProps: { duration: 80 } } },
    Tooltip: { defaultProps: { openDelay: 250, transitionProps: { duration: 80 }, multiline: true } },
    TextInput: { defaultProps: { size: 'sm' } },
  },
})

const sameInBoth = {
  '--mantine-color-body': 'var(--surface)',
  '--mantine-color-text': 'var(--text)',
  '--mantine-color-dimmed': 'var(--text-muted)',
  '--mantine-color-placeholder': 'var(--text-muted)',
  '--mantine-color-anchor': 'var(--accent)',
  '--mantine-color-error': 'var(--danger)',
  '--mantine-color-default': 'var(--surface-raised)',
  '--mantine-color-default-hover': 'var(--surface-hover)',
  '--mantine-color-default-color': 'var(--text)',
  '--mantine-color-default-border': 'var(--line-strong)',
  '--mantine-color-disabled': 'var(--surface-hover)',
  '--mantine-color-disabled-color': 'var(--text-muted)',
  '--mantine-color-disabled-border': 'var(--line)',
  '--mantine-primary-color-filled': 'var(--accent)',
  '--mantine-primary-color-filled-hover': 'var(--accent-hover)',
  '--mantine-primary-color-contrast': 'var(--on-accent)',
}

// What keeps the page from scrolling under a dialog adds a style of its own, and looks for the nonce by this name.
Object.assign(globalThis, { __webpack_nonce__: styleNonce() })

const variables: CSSVariablesResolver = () => ({ variables: {}, light: sameInBoth, dark: sameInBoth })

function FollowAppearance() {
  const { scheme } = useAppearance()
  const { setColorScheme } = useMantineColorScheme()
  useEffect(() => setColorScheme(scheme), [scheme, setColorScheme])
  return null
}

export function ThemeProvider({ children }: { children: ReactNode }) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      defaultColorScheme={getAppearance().scheme}
      getStyleNonce={styleNonce}
      deduplicateCssVariables
    >
      <FollowAppearance />
      {children}
    </MantineProvider>
  )
}
