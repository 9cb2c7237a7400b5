// One datagram on its way to being whole: its fragments in order, without overlap.

namespace Eider.Core.Capture;

internal sealed class FragmentedDatagram(FragmentKey key, long firstTimeNs)
{
    /// <summary>A 64 KiB datagram over links of 576 octets takes 120; more than this is an attack on the one who sorts them.</summary>
    public const int MostPieces = 1024;

    // What the runtime takes for the objects besides the octets, roughly: entries of the dictionary and of both lists; object headers.
    private const int CostOfDatagram = 320;
    private const int CostOfPiece = 64;

    private readonly record struct Piece(int Offset, int Length, byte[] Octets)
    {
        public int End => Offset + Length;
    }

    private readonly List<Piece> _pieces = [];
    private int _received;
    private int? _total;

    public FragmentKey Key { get; } = key;

    public long FirstTimeNs { get; } = firstTimeNs;

    public int Cost { get; private set; } = CostOfDatagram;

    /// <summary>What comes for this datagram is ignored: until its time is over, fragments that overlap must not begin a new one.</summary>
    public bool IsCondemned { get; private set; }

    public bool IsWhole => _received == _total;

    /// <summary>As the first fragment says.</summary>
    public byte NextHeader { get; private set; }

    /// <returns>Why the datagram is given up with this fragment; null when it is not.</returns>
    public FragmentLoss? Add(FragmentPosition position, WireSpan payload)
    {
        if (IsCondemned)
        {
            return null;
        }

        var end = position.Offset + payload.Length;
        var index = IndexAfter(position.Offset);
        if (IsReceived(index, position.Offset, end))
        {
            return null;
        }

        if (Contradicts(index, position, end))
        {
            return Condemn(FragmentLoss.Overlapping);
        }

        if (_pieces.Count == MostPieces)
        {
            return Condemn(FragmentLoss.TooManyPieces);
        }

        _total = position.More ? _total : end;
        if (position.Offset == 0)
        {
            NextHeader = position.NextHeader;
            if (payload.IsCut)
            {
                return Condemn(FragmentLoss.StartCut);
            }
        }

        _pieces.Insert(index, new Piece(position.Offset, payload.Length, payload.Captured.ToArray()));
        _received += payload.Length;
        Cost += CostOfPiece + payload.Captured.Length;
        return null;
    }

    /// <summary>Copies the datagram from its start to the first octet that is missing: cut off by the capture or not seen.</summary>
    /// <returns>With the datagram's length, which is taken as the longest possible while its end was not seen.</returns>
    public WireSpan CopyTo(byte[] payload)
    {
        var copied = 0;
        foreach (var piece in _pieces)
        {
            if (piece.Offset > copied)
            {
                break;
            }

            piece.Octets.CopyTo(payload, copied);
            copied += piece.Octets.Length;
            if (piece.Octets.Length < piece.Length)
            {
                break;
            }
        }

        return new WireSpan(payload.AsSpan(0, copied), _total ?? FragmentReassembly.LongestPayload);
    }

    /// <summary>Index of the first piece that starts behind <paramref name="offset"/>.</summary>
    private int IndexAfter(int offset)
    {
        // Fragments mostly come in order, so the end is the first guess.
        var index = _pieces.Count;
        while (index > 0 && _pieces[index - 1].Offset > offset)
        {
            index--;
        }

        return index;
    }

    private bool IsReceived(int index, int offset, int end)
    {
        var covered = index > 0 ? _pieces[index - 1].End : 0;
        if (covered <= offset)
        {
            return false;
        }

        for (; covered < end && index < _pieces.Count && _pieces[index].Offset == covered; index++)
        {
            covered = _pieces[index].End;
        }

        return covered >= end;
    }

    private bool Contradicts(int index, FragmentPosition position, int end) =>
        (index > 0 && _pieces[index - 1].End > position.Offset)
        || (index < _pieces.Count && (_pieces[index].Offset < end || !position.More))
        || end > (_total ?? int.MaxValue)
        || (!position.More && end != (_total ?? end));

    private FragmentLoss Condemn(FragmentLoss reason)
    {
        IsCondemned = true;
        _pieces.Clear();
        _pieces.Capacity = 0;
        Cost = CostOfDatagram;
        _received = 0;
        _total = null;
        return reason;
    }
}
