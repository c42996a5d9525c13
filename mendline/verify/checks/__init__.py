"""The rules, one module a family; each looks at one counted event and at what is remembered of its device."""
