export { languages, startMessages, loadMessages, changeLanguage, currentLanguage, useMessages } from './messages.ts'
export { useFormat, type Format } from './format.ts'
