export { getAppearance, setAppearance, useAppearance, type Appearance } from './appearance.ts'
export { Button, Buttons, IconButton, type ButtonProps, type IconButtonProps } from './button.tsx'
export {
  CodeBlock,
  CopyButton,
  KeyValues,
  Table,
  Usage,
  type Fact,
  type TableColumn,
  type TableProps,
} from './data.tsx'
export { ConfirmDialog, Dialog, type ConfirmProps } from './dialog.tsx'
export { type DialogProps } from './dialog-props.ts'
export { Empty, Notice, Problem, ProgressBar, Skeleton, type EmptyProps, type NoticeProps } from './feedback.tsx'
export { CheckboxField, RadioField, Segments, SwitchField } from './choice-fields.tsx'
export { FieldGroup, Form } from './form-layout.tsx'
export { MultiSelectField, SelectField, SuggestField, TagsField } from './lazy-fields.tsx'
export { NumberField } from './number-field.tsx'
export { PasswordField, TextAreaField, TextField } from './text-fields.tsx'
export { Icon, type IconName } from './icons.tsx'
export { Menu } from './menu.tsx'
export { type MenuItem, type MenuProps } from './menu-props.ts'
export { Columns, Page, Row, Section, Stack, useTitle, type PageProps, type SectionProps } from './page.tsx'
export { StatusMark, type StatusMarkProps } from './status-mark.tsx'
export { LinkTabs, Tabs } from './tabs.tsx'
export { showToast, ToastRegion, type Toast } from './toasts.tsx'
export { styleNonce } from './style-nonce.ts'
export { ThemeProvider } from './theme.tsx'
export { Tooltip } from './tooltip.tsx'
