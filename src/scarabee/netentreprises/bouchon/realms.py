"""The texts of WWW-Authenticate (api-dsn §3.1)."""

BASIC = 'Basic realm="net-entreprises.fr"'
BASIC_MSA = 'Basic realm="msa.fr"'
EXPIRED_PASSWORD = 'Basic realm="Expiration du mot de passe"'
NOT_ENROLLED = 'DSNLogin realm="Utilisateur non-inscrit au service"'
INVALID_TOKEN = 'DSNLogin realm="Jeton manquant ou invalide"'
EXPIRED_TOKEN = 'DSNLogin realm="Expiration du jeton"'
