"""The nouns that programs, plugins and drivers share. Standard library only."""
