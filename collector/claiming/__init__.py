"""From a credit that a contract gives to money that came: claims, letters, credit notes."""
