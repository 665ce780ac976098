"""What a report says, one module for each part: values of the model in, sections out."""
