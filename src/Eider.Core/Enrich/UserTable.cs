// uid -> name, from the host's passwd file.

using System.Buffers.Text;
using System.Text;
using Eider.Bpf;

namespace Eider.Core.Enrich;

/// <summary>Names of users, read again when the file changes. Directory services (LDAP, sssd) are not asked: that would mean network traffic for an event of
/// network traffic. Pipeline thread only.</summary>
internal sealed class UserTable(string passwdFile, TimeProvider time)
{
    /// <summary>How often at most the file is looked at.</summary>
    public static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(5);

    private const int MaxFileLength = 16 << 20;
    private const int MaxNamed = 65_536;
    private const int MaxNameless = 4096;
    private const int MaxNameLength = 256;

    private readonly Dictionary<uint, UserInfo> _named = [];
    private readonly Dictionary<uint, UserInfo> _nameless = [];
    private (ulong Inode, long Length, DateTime Written) _version;
    private long? _checkedAt;

    /// <returns>Shared between calls; without a name where the file has none.</returns>
    public UserInfo Find(uint uid)
    {
        ReadAgainWhereChanged();
        if (_named.TryGetValue(uid, out var user) || _nameless.TryGetValue(uid, out user))
        {
            return user;
        }

        if (_nameless.Count >= MaxNameless)
        {
            _nameless.Clear();
        }

        return _nameless[uid] = new UserInfo(uid, null);
    }

    private void ReadAgainWhereChanged()
    {
        if (_checkedAt is { } at && time.GetElapsedTime(at) < CheckInterval)
        {
            return;
        }

        _checkedAt = time.GetTimestamp();
        var file = new FileInfo(passwdFile);
        var version = file.Exists ? (Inode.Of(passwdFile), file.Length, file.LastWriteTimeUtc) : default;
        if (version == _version)
        {
            return;
        }

        _version = version;
        _named.Clear();
        _nameless.Clear();
        if (version.Length <= MaxFileLength && TryRead(out var octets))
        {
            foreach (var line in octets.AsSpan().Split((byte)'\n'))
            {
                ReadLine(octets.AsSpan(line));
            }
        }
    }

    private bool TryRead(out byte[] octets)
    {
        try
        {
            octets = File.ReadAllBytes(passwdFile);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            octets = [];
            return false;
        }
    }

    // passwd(5): name:password:uid:... Of two lines with one uid the first counts, as in getpwuid(3).
    private void ReadLine(ReadOnlySpan<byte> line)
    {
        var nameEnd = line.IndexOf((byte)':');
        if (nameEnd is < 1 or > MaxNameLength || _named.Count >= MaxNamed)
        {
            return;
        }

        var rest = line[(nameEnd + 1)..];
        rest = rest[(rest.IndexOf((byte)':') + 1)..];
        if (Utf8Parser.TryParse(rest, out uint uid, out var used) && used < rest.Length && rest[used] == ':')
        {
            _named.TryAdd(uid, new UserInfo(uid, Encoding.UTF8.GetString(line[..nameEnd])));
        }
    }
}
