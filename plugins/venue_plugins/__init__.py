"""The bundled plugins. Each one is a peer of any plugin that a third party installs."""
