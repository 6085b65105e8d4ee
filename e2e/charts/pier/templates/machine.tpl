{{- if .Capabilities.APIVersions.Has "kubevirt.io/v1" }}
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata:
  name: {{ .Release.Name }}
spec:
  runStrategy: Halted
  template:
    spec:
      domain:
        memory: { guest: {{ .Values.memory }} }
        devices: {}
{{- end }}
