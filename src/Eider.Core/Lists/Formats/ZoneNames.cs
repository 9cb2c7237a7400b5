// The owners of a response policy zone's records, as the names they speak of: without the zone's own name behind them.

namespace Eider.Core.Lists.Formats;

/// <summary>Knows the zone's name and the current origin. Names are text as in the file, compared without case. Not thread-safe.</summary>
internal sealed class ZoneNames
{
    private readonly byte[] _joined = new byte[2 * ListLimits.LongestLine];
    private byte[]? _zone;
    private byte[]? _origin;
    private bool _isZoneCertain;

    /// <summary>$ORIGIN. The zone's name, too, until the SOA record tells.</summary>
    public void SetOrigin(ReadOnlySpan<byte> name)
    {
        _origin = Absolute(name, out var absolute) ? absolute.ToArray() : _origin;
        if (!_isZoneCertain)
        {
            _zone = _origin;
        }
    }

    /// <summary>The owner of the SOA record. Only the first counts.</summary>
    public void SetZone(ReadOnlySpan<byte> owner)
    {
        if (!_isZoneCertain && Absolute(owner, out var absolute))
        {
            _zone = absolute.ToArray();
            _isZoneCertain = true;
        }
    }

    /// <summary>The name that <paramref name="owner"/> speaks of: empty for the zone itself. Valid until the next call.</summary>
    /// <returns>False where the owner is not in the zone, or the zone's name is not known and needed.</returns>
    public bool TryGetTrigger(ReadOnlySpan<byte> owner, out ReadOnlySpan<byte> trigger)
    {
        var isRelative = owner is [.., not (byte)'.'];
        if (isRelative && ReferenceEquals(_origin, _zone) || isRelative && _origin is null)
        {
            trigger = owner.SequenceEqual("@"u8) ? default : owner;
            return true;
        }

        trigger = default;
        if (_zone is null || !Absolute(owner, out var absolute))
        {
            return false;
        }

        if (_zone.Length == 0)
        {
            trigger = absolute;
            return true;
        }

        var length = absolute.Length - _zone.Length;
        if (length < 0 || !absolute[length..].Is(_zone) || length > 0 && absolute[length - 1] != (byte)'.')
        {
            return false;
        }

        trigger = length == 0 ? default : absolute[..(length - 1)];
        return true;
    }

    /// <summary>With the origin behind it and without the final dot; empty for the root.</summary>
    private bool Absolute(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> absolute)
    {
        if (name is [.., (byte)'.'])
        {
            absolute = name[..^1];
            return true;
        }

        absolute = default;
        if (_origin is null)
        {
            return false;
        }

        if (name.SequenceEqual("@"u8))
        {
            absolute = _origin;
            return true;
        }

        if (name.Length + 1 + _origin.Length > _joined.Length)
        {
            return false;
        }

        name.CopyTo(_joined);
        _joined[name.Length] = (byte)'.';
        _origin.CopyTo(_joined.AsSpan(name.Length + 1));
        absolute = _joined.AsSpan(0, name.Length + (_origin.Length == 0 ? 0 : 1 + _origin.Length));
        return true;
    }
}
