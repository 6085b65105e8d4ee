apiVersion: pier.example/v1
kind: Berth
metadata:
  name: {{ .Release.Name }}
spec:
  length: 12
