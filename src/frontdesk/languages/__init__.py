"""What frontdesk knows of languages: the words it understands and says, and which one a text is."""
