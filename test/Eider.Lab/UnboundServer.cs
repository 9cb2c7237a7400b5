// unbound as the lab's resolver: on the lab's own addresses, with the lab's own zone, without upstream. Also where DNS may be hidden: another port, and TLS.

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Eider.Lab;

internal static class UnboundServer
{
    /// <summary>In its certificate.</summary>
    public const string TlsName = "resolver.lab.internal";

    /// <summary>In its directory.</summary>
    public const string CertificateFile = "resolver.pem";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    /// <summary>Starts it in <paramref name="pod"/> and returns when it answers on both addresses.</summary>
    /// <exception cref="LabException">It ended, or does not answer; with what it said.</exception>
    public static LabProcess Start(Pod pod, string zone, string directory)
    {
        System.IO.Directory.CreateDirectory(directory);
        var (keyFile, certificateFile) = WriteCertificate(directory);
        var zoneFile = Path.Combine(directory, "root.zone");
        var configFile = Path.Combine(directory, "unbound.conf");
        File.WriteAllText(zoneFile, zone);
        File.WriteAllText(configFile, $"""
            server:
              directory: "{directory}"
              chroot: ""
              username: ""
              pidfile: ""
              do-daemonize: no
              use-syslog: no
              logfile: ""
              interface: {pod.V4}
              interface: {pod.V6}
              interface: {pod.V4}@{Lab.OtherPort}
              interface: {pod.V6}@{Lab.OtherPort}
              interface: {pod.V4}@853
              interface: {pod.V6}@853
              tls-port: 853
              tls-service-key: "{keyFile}"
              tls-service-pem: "{certificateFile}"
              access-control: 0.0.0.0/0 allow
              access-control: ::/0 allow
              module-config: "iterator"
              num-threads: 1
              root-hints: ""
            remote-control:
              control-enable: no
            auth-zone:
              name: "."
              zonefile: "{zoneFile}"
              for-downstream: yes
              for-upstream: yes
              fallback-enabled: no

            """);
        var server = pod.Start("unbound", "-d", "-c", configFile);
        try
        {
            AwaitAnswer(pod, server, pod.V4.ToString());
            AwaitAnswer(pod, server, pod.V6.ToString());
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Signed by itself: who is to trust it must be told so.</summary>
    private static (string Key, string Certificate) WriteCertificate(string directory)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={TlsName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(TlsName);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        var (keyFile, certificateFile) = (Path.Combine(directory, "resolver.key"), Path.Combine(directory, CertificateFile));
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        return (keyFile, certificateFile);
    }

    private static void AwaitAnswer(Pod pod, LabProcess server, string address)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (pod.Run("dig", $"@{address}", "www.lab.internal", "A", "+short", "+timeout=1", "+tries=1") is { ExitCode: not 0 } dig)
        {
            if (server.HasExited || TimeProvider.System.GetElapsedTime(started) > Limit)
            {
                throw new LabException($"unbound does not answer on {address}: {server.Error.Trim()} {dig.Output.Trim()}");
            }
        }
    }
}
