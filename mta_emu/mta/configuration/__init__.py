"""An MTA's configuration file by Exchange's property pages, and what a reload of it changes."""
