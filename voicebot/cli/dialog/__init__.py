r"""The commands \`\`voicebot dialog …\`\`."""
