"""The glossary: every column a result can have and the concepts of the prose, in both languages.

A column has a unit and a direction. Suffixes have a meaning: ``*_score`` bigger is better; ``*_share`` lies in
[0, 1]; ``*_days`` are days; ``n_*`` are counts. A test holds every public result against this table.

A concept has the wording of running text, in lower case where the text has it. A page marks where a wording of
`Term.wordings` first stands and shows the definition there.
"""

from __future__ import annotations

from dataclasses import dataclass

from segkit.words import language


@dataclass(frozen=True)
class Term:
    """A result column or a concept: labels, unit (see `segkit.words.formats.FORMATS`), direction, definition.

    `direction` is "higher" or "lower" where one end is better, "" where neither is. `also_en` and `also_vi`
    are further wordings that running text uses for the same thing.
    """

    name: str
    en: str
    vi: str
    unit: str
    direction: str = ""
    definition_en: str = ""
    definition_vi: str = ""
    also_en: tuple[str, ...] = ()
    also_vi: tuple[str, ...] = ()

    def label(self, code: str | None = None) -> str:
        """The label in a language, the one in use by default."""
        return self.vi if (code or language.current()) == "vi" else self.en

    def definition(self, code: str | None = None) -> str:
        """The definition in a language, one or two short sentences."""
        return self.definition_vi if (code or language.current()) == "vi" else self.definition_en

    def wordings(self, code: str | None = None) -> tuple[str, ...]:
        """The label and the other wordings in a language, the one in use by default.

        Examples
        --------
        >>> CONCEPTS["knock_out"].wordings("en")
        ('knock-out criterion', 'knock-out criteria')
        """
        code = code or language.current()
        return (self.label(code), *(self.also_vi if code == "vi" else self.also_en))


_TERMS = (
    # who
    Term("customer_id", "Customer", "Khách hàng", "text", "",
         "The person or household a purchase belongs to, known by an id and never by name.",
         "Người hoặc hộ gia đình thực hiện giao dịch, nhận biết bằng mã chứ không bằng tên."),
    Term("respondent_id", "Respondent", "Người trả lời", "text", "",
         "A person who answered the survey, known by an id.",
         "Người tham gia khảo sát, nhận biết bằng mã."),
    Term("segment", "Segment", "Phân khúc", "message", "",
         "A group of customers whose characteristics set them apart from the others.",
         "Nhóm khách hàng có những đặc điểm khác biệt với các nhóm còn lại."),
    Term("brand", "Brand", "Thương hiệu", "message", "",
         "The name under which a product is sold; in these data it can also be a maker or a private label.",
         "Tên gọi mà sản phẩm mang khi bán ra; trong dữ liệu này cũng có thể là nhà sản xuất hoặc nhãn riêng."),
    Term("next_brand", "Brand bought next", "Thương hiệu mua kế tiếp", "message", "",
         "The brand chosen on the customer's next purchase occasion in the category.",
         "Thương hiệu khách hàng chọn ở lần mua kế tiếp trong cùng ngành hàng."),
    Term("value", "Value", "Giá trị", "number", "",
         "What a characteristic or a measure amounts to in this row; the row says in what unit.",
         "Con số hoặc câu trả lời của một đặc điểm hay thước đo ở dòng này; đơn vị ghi ngay trong dòng."),
    Term("variable", "Variable", "Biến", "column", "",
         "A property that is measured for every customer, such as frequency or age.",
         "Một thuộc tính được đo ở mọi khách hàng, ví dụ tần suất hay độ tuổi."),
    Term("name", "Name", "Tên", "text", "",
         "What this row is called in the data or in the rules.",
         "Cách gọi dòng này trong dữ liệu hoặc trong bộ quy tắc."),
    Term("rule", "Rule", "Quy tắc", "text", "",
         "The condition a customer has to meet to belong to the segment.",
         "Điều kiện khách hàng phải thỏa mãn để thuộc về phân khúc."),
    Term("model", "Model", "Mô hình", "message", "",
         "The kind of segmentation: demographic, geographic, psychographic, technographic, behavioural, needs-"
         "based or value-based.",
         "Cách phân khúc: nhân khẩu học, địa lý, tâm lý, phương thức truy cập, hành vi, dựa trên nhu cầu hoặc dựa "
         "trên giá trị."),
    Term("method", "Method", "Phương pháp", "message", "",
         "The procedure that formed the segments, such as rules or k-means.",
         "Cách làm đã tạo ra các phân khúc, ví dụ theo quy tắc hoặc k-means."),
    # sizes
    Term("k", "Number of segments", "Số phân khúc", "count", "",
         "How many segments the customers are divided into. It is chosen, not found: more segments always fit "
         "closer.",
         "Số nhóm mà khách hàng được chia thành. Con số này do người phân tích chọn: chia càng nhiều thì luôn càng"
         " khớp."),
    Term("size", "Customers", "Số khách hàng", "count", "",
         "How many customers the segment has.",
         "Số khách hàng thuộc phân khúc."),
    Term("n", "Number", "Số lượng", "count", "",
         "How many customers the row rests on. The smaller it is, the more chance there is in the row.",
         "Số khách hàng mà dòng này dựa vào. Số càng nhỏ thì yếu tố ngẫu nhiên càng lớn."),
    Term("n_customers", "Customers", "Số khách hàng", "count", "",
         "How many different customers there are, however often they bought.",
         "Số khách hàng khác nhau, không kể mỗi người mua bao nhiêu lần."),
    Term("n_buyers", "Buyers", "Số người mua", "count", "",
         "How many customers bought at least once.",
         "Số khách hàng đã mua ít nhất một lần."),
    Term("n_occasions", "Purchase occasions", "Số lần mua", "count", "",
         "Baskets, or days with a purchase where baskets are not recorded.",
         "Số giỏ hàng, hoặc số ngày có mua khi không ghi nhận giỏ hàng.",
         ("purchase occasions", "purchase occasion"), ("số lần mua",)),
    Term("n_rows", "Rows", "Số dòng", "count", "",
         "How many rows the table has.",
         "Số dòng của bảng dữ liệu."),
    Term("n_figures", "Figures", "Số liệu", "count", "",
         "How many published figures bear on the claim; 0 means that nothing shows it.",
         "Số số liệu đã công bố có liên quan đến nhận định; 0 nghĩa là chưa có gì chứng minh."),
    Term("segment_share", "Share of customers", "Tỷ trọng khách hàng", "percent", "",
         "The segment's part of all customers, from 0% to 100%.",
         "Phần của phân khúc trong toàn bộ khách hàng, từ 0% đến 100%."),
    Term("customer_share", "Share of customers", "Tỷ trọng khách hàng", "percent", "",
         "The group's part of all customers, from 0% to 100%.",
         "Phần của nhóm trong toàn bộ khách hàng, từ 0% đến 100%."),
    Term("revenue_share", "Share of revenue", "Tỷ trọng doanh thu", "percent", "",
         "The group's part of all revenue. Set it beside its share of customers: the gap is what makes a group "
         "worth more or less than average.",
         "Phần của nhóm trong tổng doanh thu. Hãy so với tỷ trọng khách hàng: chênh lệch giữa hai số cho biết nhóm"
         " đáng giá hơn hay kém mức trung bình."),
    Term("unassigned_share", "Unassigned customers", "Khách hàng chưa phân nhóm", "percent", "lower",
         "Share of customers that no rule takes in. Near 0 is better: those left over get no plan.",
         "Tỷ lệ khách hàng không thuộc quy tắc nào. Càng gần 0 càng tốt, vì khách hàng còn sót lại không có kế "
         "hoạch nào cho họ."),
    Term("value_share", "Value share", "Thị phần giá trị", "percent", "",
         "Share of the money spent on the category that goes to the brand.",
         "Phần của thương hiệu trong tổng số tiền chi cho ngành hàng."),
    Term("within_share", "Share of the segment", "Tỷ lệ trong phân khúc", "percent", "",
         "Of the segment's customers, the share with this characteristic. The shares of one segment add up to 100%.",
         "Trong số khách hàng của phân khúc, tỷ lệ có đặc điểm này. Các tỷ lệ trong một phân khúc cộng lại bằng "
         "100%."),
    Term("total_share", "Share, all customers", "Tỷ trọng, toàn bộ khách hàng", "percent", "",
         "The same share among all customers whose characteristic is known: the yardstick for each segment.",
         "Cũng tỷ lệ đó tính trên toàn bộ khách hàng đã biết đặc điểm: mốc để so sánh từng phân khúc."),
    Term("smallest_share", "Smallest segment", "Phân khúc nhỏ nhất", "percent", "",
         "Share of customers in the smallest segment. A very small segment may not repay a plan of its own.",
         "Tỷ trọng khách hàng của phân khúc nhỏ nhất. Phân khúc quá nhỏ có thể không đáng để lập kế hoạch riêng."),
    # recency, frequency, monetary
    Term("recency_days", "Recency (days)", "Lần mua gần nhất (số ngày)", "days", "lower",
         "Days from the end of the study period to the customer's last purchase. Fewer days are better.",
         "Số ngày từ lần mua cuối của khách hàng đến cuối kỳ nghiên cứu. Số ngày càng ít càng tốt.",
         ("recency",), ("lần mua gần nhất",)),
    Term("frequency", "Frequency", "Tần suất", "number", "higher",
         "Number of purchase occasions of the customer in the study period. More is better.",
         "Số lần mua của khách hàng trong kỳ nghiên cứu. Càng nhiều càng tốt.",
         ("frequency",), ("tần suất",)),
    Term("monetary", "Monetary value", "Giá trị chi tiêu", "money", "higher",
         "Total amount the customer spent in the study period. More is better.",
         "Tổng số tiền khách hàng đã chi trong kỳ nghiên cứu. Càng cao càng tốt.",
         ("monetary value", "money spent"), ("giá trị chi tiêu",)),
    Term("tenure_days", "Tenure (days)", "Thời gian gắn bó (số ngày)", "days", "",
         "Days from the customer's first purchase to the end of the study period.",
         "Số ngày từ lần mua đầu tiên đến cuối kỳ nghiên cứu."),
    Term("average_basket", "Average basket", "Giá trị giỏ hàng trung bình", "money", "higher",
         "Money spent per purchase occasion.",
         "Số tiền chi trung bình cho mỗi lần mua."),
    Term("r", "R score", "Điểm R", "count", "higher",
         "Recency as a score from 1 to 5: the fifth of customers who bought most recently gets 5.",
         "Điểm lần mua gần nhất, từ 1 đến 5: một phần năm khách hàng mua gần đây nhất được 5 điểm."),
    Term("f", "F score", "Điểm F", "count", "higher",
         "Frequency as a score from 1 to 5: the fifth of customers who buy most often gets 5.",
         "Điểm tần suất, từ 1 đến 5: một phần năm khách hàng mua thường xuyên nhất được 5 điểm."),
    Term("m", "M score", "Điểm M", "count", "higher",
         "Monetary value as a score from 1 to 5: the fifth of customers who spend most gets 5.",
         "Điểm giá trị chi tiêu, từ 1 đến 5: một phần năm khách hàng chi nhiều nhất được 5 điểm."),
    Term("weekend_share", "Weekend purchases", "Tỷ lệ mua cuối tuần", "percent", "",
         "Share of a customer's purchases made on a Saturday or Sunday.",
         "Tỷ lệ lần mua của khách hàng rơi vào thứ Bảy hoặc Chủ nhật."),
    Term("evening_share", "Evening purchases", "Tỷ lệ mua buổi tối", "percent", "",
         "Share of purchases from 18:00 on.",
         "Tỷ lệ lần mua từ 18 giờ trở đi."),
    Term("n_stores", "Stores visited", "Số cửa hàng đã mua", "number", "",
         "In how many different stores the customer bought.",
         "Số cửa hàng khác nhau mà khách hàng đã mua."),
    Term("products_per_basket", "Products per basket", "Số sản phẩm mỗi giỏ", "number", "",
         "How many products a basket holds on average.",
         "Số sản phẩm trung bình trong mỗi giỏ hàng."),
    Term("n_contacts", "Campaigns received", "Số chiến dịch đã nhận", "number", "",
         "How many campaigns were sent to the customer. It shows whom the business can reach.",
         "Số chiến dịch đã gửi đến khách hàng, cho thấy doanh nghiệp tiếp cận được ai."),
    Term("n_responses", "Coupons redeemed", "Số phiếu giảm giá đã dùng", "number", "",
         "How many coupons the customer used. It shows who answers a campaign.",
         "Số phiếu khách hàng đã dùng, cho thấy ai phản hồi chiến dịch."),
    Term("income_from", "Income from", "Thu nhập từ", "money", "",
         "Lower end of the income band the customer stated.",
         "Mức thấp nhất của khoảng thu nhập mà khách hàng đã khai."),
    Term("revenue", "Revenue", "Doanh thu", "money", "higher",
         "Money paid by all customers of the group together.",
         "Tổng số tiền mọi khách hàng trong nhóm đã trả.",
         ("revenue",), ("doanh thu",)),
    Term("month", "Month", "Tháng", "date", "",
         "Calendar month of the purchases.",
         "Tháng dương lịch của các giao dịch."),
    Term("first_date", "First purchase", "Ngày mua đầu tiên", "date", "",
         "Day of the earliest purchase in the data.",
         "Ngày của giao dịch sớm nhất trong dữ liệu."),
    Term("last_date", "Last purchase", "Ngày mua cuối cùng", "date", "",
         "Day of the latest purchase in the data.",
         "Ngày của giao dịch muộn nhất trong dữ liệu."),
    # segmentation quality
    Term("criterion", "Sum of squared distances", "Tổng bình phương khoảng cách", "number", "lower",
         "How far customers lie from the mean of their own segment, squared and summed. Smaller is closer, but "
         "only solutions with the same number of segments compare.",
         "Khoảng cách từ khách hàng đến trung bình phân khúc của mình, bình phương rồi cộng lại. Càng nhỏ càng "
         "tốt, nhưng chỉ so sánh được khi số phân khúc bằng nhau."),
    Term("n_starts", "Starts", "Số lần khởi tạo", "count", "",
         "How many times the method began from another random position.",
         "Số lần thuật toán bắt đầu lại từ một vị trí ngẫu nhiên khác.",
         ("random starts",), ("lần khởi tạo ngẫu nhiên",)),
    Term("near_best_share", "Near-best share", "Tỷ lệ gần tốt nhất", "percent", "higher",
         "Share of the random starts that end within 0.1% of the best solution found. Low values mean that a "
         "single run would mislead.",
         "Tỷ lệ số lần khởi tạo ngẫu nhiên cho kết quả cách nghiệm tốt nhất không quá 0,1%. Giá trị thấp nghĩa là "
         "chạy một lần sẽ gây sai lệch.",
         ("near-best share",), ("tỷ lệ gần tốt nhất",)),
    Term("median_excess", "Excess of the median start", "Mức chênh của lần khởi tạo trung vị", "percent", "lower",
         "How much worse than the best solution a typical single start is. Near 0 is better.",
         "Một lần khởi tạo điển hình kém nghiệm tốt nhất bao nhiêu. Càng gần 0 càng tốt."),
    Term("explained_share", "Explained share", "Tỷ lệ được giải thích", "percent", "higher",
         "Share of all differences between customers that lies between the segments, 0% to 100%. It grows with "
         "every further segment.",
         "Tỷ lệ khác biệt nằm giữa các phân khúc trên tổng khác biệt giữa các khách hàng, từ 0% đến 100%. Thêm "
         "phân khúc thì tỷ lệ này luôn tăng.",
         ("explained share",), ("tỷ lệ được giải thích",)),
    # profile and description
    Term("mean", "Mean", "Trung bình", "number", "",
         "The sum divided by the number of customers. A few very large values pull it up.",
         "Tổng chia cho số khách hàng. Chỉ vài giá trị rất lớn cũng kéo số này lên."),
    Term("std", "Standard deviation", "Độ lệch chuẩn", "number", "",
         "How widely the values scatter around their mean, in the same unit.",
         "Mức phân tán của các giá trị quanh trung bình, tính cùng đơn vị."),
    Term("min", "Smallest", "Nhỏ nhất", "number", "",
         "The lowest value in the data.",
         "Giá trị thấp nhất trong dữ liệu."),
    Term("median", "Median", "Trung vị", "number", "",
         "The middle value: half of the customers lie below it, half above.",
         "Giá trị đứng giữa: một nửa số khách hàng thấp hơn, một nửa cao hơn."),
    Term("max", "Largest", "Lớn nhất", "number", "",
         "The highest value in the data.",
         "Giá trị cao nhất trong dữ liệu."),
    Term("is_whole", "Whole month", "Trọn tháng", "message", "",
         "Whether the data hold every day of the month. A month held in part looks weaker than it was.",
         "Cho biết dữ liệu có đủ mọi ngày trong tháng không. Tháng thiếu ngày trông yếu hơn thực tế."),
    Term("total_mean", "Mean, all customers", "Trung bình toàn bộ khách hàng", "number", "",
         "The mean over everybody: the yardstick each segment is held against.",
         "Mức trung bình của tất cả mọi người, dùng làm mốc so sánh từng phân khúc."),
    Term("difference", "Difference", "Chênh lệch", "number", "",
         "The segment's mean less the mean of all customers; below 0 the segment lies under the average.",
         "Trung bình của phân khúc trừ trung bình toàn bộ khách hàng; âm nghĩa là thấp hơn mức chung."),
    Term("index_100", "Index", "Chỉ số", "index", "",
         "100 means as among all customers; 150 half as much again, 50 half as much.",
         "100 nghĩa là bằng mức của toàn bộ khách hàng; 150 là cao hơn một nửa, 50 là chỉ bằng một nửa.",
         ("index", "indices", "index of 100", "index against 100"), ("chỉ số", "chỉ số 100")),
    Term("is_marker", "Marker variable", "Biến đặc trưng", "message", "",
         "A variable on which the segment differs from all customers by at least half. Name the segment by it.",
         "Biến mà phân khúc chênh lệch ít nhất một nửa so với toàn bộ khách hàng. Nên đặt tên phân khúc theo biến "
         "này.",
         ("marker variable", "marker variables", "Marker variables"), ("biến đặc trưng",)),
    Term("descriptor", "Descriptor variable", "Biến mô tả", "column", "",
         "A variable that describes segments but did not form them.",
         "Biến dùng để mô tả phân khúc, không dùng để tạo phân khúc.",
         ("descriptor variable", "descriptor variables"), ("biến mô tả",)),
    Term("test", "Test", "Kiểm định", "message", "",
         "The statistical procedure that asks whether chance alone could have made the difference.",
         "Phép tính thống kê cho biết riêng ngẫu nhiên có thể tạo ra khác biệt này không."),
    Term("statistic", "Statistic", "Thống kê", "number", "",
         "The number the test computes; with it comes the p-value.",
         "Con số mà phép kiểm định tính ra, từ đó suy ra giá trị p."),
    Term("effect", "Effect", "Độ đo", "text", "",
         "Which measure of strength is used: Cramér's V for categories, eta² for numbers.",
         "Thước đo độ mạnh được dùng: Cramér's V cho biến phân loại, eta² cho biến số."),
    Term("effect_size", "Effect size", "Mức độ ảnh hưởng", "number", "higher",
         "How strongly a variable goes with the segments: 0 means no difference between them, 1 a complete one.",
         "Một biến gắn với các phân khúc chặt đến đâu: 0 là không khác biệt giữa các phân khúc, 1 là khác biệt "
         "hoàn toàn.",
         ("effect size", "effect sizes"), ("mức độ ảnh hưởng",)),
    Term("p_value", "p-value", "Giá trị p", "p_value", "lower",
         "How often chance alone would make a difference at least this large if there were none, from 0 to 1. It "
         "says nothing of how large the difference is.",
         "Nếu thực ra không có khác biệt, xác suất (từ 0 đến 1) để ngẫu nhiên tạo ra khác biệt ít nhất như thế "
         "này. Số này không nói khác biệt lớn hay nhỏ.",
         ("p-values",), ("giá trị p",)),
    Term("adjusted_p", "Adjusted p", "p hiệu chỉnh", "p_value", "lower",
         "The p-value made stricter because many tests are made at once. Below 0.05 is usually called significant.",
         "Giá trị p được siết chặt vì cùng lúc làm nhiều kiểm định. Dưới 0,05 thường được gọi là có ý nghĩa thống "
         "kê.",
         ("adjusted p",), ("p hiệu chỉnh",)),
    Term("note", "Note", "Ghi chú", "message", "",
         "What to keep in mind when reading this row.",
         "Điều cần lưu ý khi đọc dòng này."),
    # brands
    Term("penetration", "Penetration", "Tỷ lệ thâm nhập", "percent", "higher",
         "Share of the category's buyers who bought the brand at least once. Higher is better.",
         "Tỷ lệ người mua ngành hàng có mua thương hiệu ít nhất một lần. Càng cao càng tốt.",
         ("penetration",), ("tỷ lệ thâm nhập",)),
    Term("penetration_low", "Penetration, low", "Tỷ lệ thâm nhập, cận dưới", "percent", "",
         "Lower end of the 95% interval of penetration.",
         "Giới hạn dưới của khoảng tin cậy 95% của tỷ lệ thâm nhập."),
    Term("penetration_high", "Penetration, high", "Tỷ lệ thâm nhập, cận trên", "percent", "",
         "Upper end of the 95% interval of penetration.",
         "Giới hạn trên của khoảng tin cậy 95% của tỷ lệ thâm nhập."),
    Term("purchase_frequency", "Purchase frequency", "Tần suất mua", "number", "higher",
         "Purchase occasions per buyer of the brand. Higher is better.",
         "Số lần mua trên mỗi người mua thương hiệu. Càng cao càng tốt.",
         ("purchase frequency",), ("tần suất mua",)),
    Term("share_of_category_requirements", "Share of category requirements", "Tỷ trọng nhu cầu ngành hàng",
         "percent", "higher",
         "The brand's part of all category purchases its own buyers make. High values mean loyal buyers.",
         "Phần của thương hiệu trong tổng lượng mua ngành hàng của chính người mua thương hiệu. Giá trị cao nghĩa "
         "là người mua trung thành.",
         ("share of category requirements",), ("tỷ trọng nhu cầu ngành hàng",)),
    Term("sole_loyalty_share", "Sole loyalty", "Trung thành tuyệt đối", "percent", "higher",
         "Share of the brand's buyers who bought no other brand of the category. Light buyers make it look high.",
         "Tỷ lệ người mua thương hiệu không mua thương hiệu nào khác trong ngành hàng. Người mua ít làm tỷ lệ này "
         "trông cao hơn.",
         ("sole loyalty",), ("trung thành tuyệt đối",)),
    Term("spend_per_buyer", "Spend per buyer", "Chi tiêu trên mỗi người mua", "money", "higher",
         "Money spent on the brand, divided by its buyers.",
         "Số tiền chi cho thương hiệu chia cho số người mua."),
    Term("repeat_share", "Repeat buying", "Tỷ lệ mua lặp lại", "percent", "higher",
         "Share of purchase occasions followed by the same brand. Higher is better.",
         "Tỷ lệ lần mua mà lần kế tiếp vẫn chọn cùng thương hiệu. Càng cao càng tốt.",
         ("repeat buying",), ("tỷ lệ mua lặp lại",)),
    # maps
    Term("point", "Point", "Điểm", "message", "",
         "A brand or a group of customers placed on the map.",
         "Một thương hiệu hoặc nhóm khách hàng nằm trên bản đồ."),
    Term("kind", "Kind", "Loại", "message", "",
         "Whether the point is a row of the table (a brand) or a column (a group).",
         "Cho biết điểm là hàng của bảng (thương hiệu) hay cột (nhóm khách hàng)."),
    Term("dim_1", "Dimension 1", "Chiều 1", "number", "",
         "Position along the map's first direction, the one that shows most of the differences.",
         "Vị trí theo hướng thứ nhất của bản đồ, hướng thể hiện nhiều khác biệt nhất."),
    Term("dim_2", "Dimension 2", "Chiều 2", "number", "",
         "Position along the map's second direction, the one that shows most of what the first leaves out.",
         "Vị trí theo hướng thứ hai của bản đồ, hướng thể hiện phần lớn những gì hướng thứ nhất bỏ sót."),
    Term("mass", "Mass", "Khối lượng", "percent", "",
         "The point's part of all counts in the table. Heavy points shape the map.",
         "Phần của điểm trong tổng số đếm của bảng. Điểm có khối lượng lớn định hình bản đồ."),
    Term("quality", "Quality of display", "Chất lượng thể hiện", "percent", "higher",
         "How much of the point's position the map shows, from 0% to 100%. Leave badly shown points unread.",
         "Phần vị trí của điểm được bản đồ thể hiện, từ 0% đến 100%. Không nên diễn giải điểm thể hiện kém.",
         ("quality of display",), ("chất lượng thể hiện",)),
    Term("dimension", "Dimension", "Chiều", "count", "",
         "A direction of the map; the first shows most, each next one less.",
         "Một hướng của bản đồ; hướng đầu thể hiện nhiều nhất, các hướng sau ít dần."),
    Term("inertia", "Inertia", "Quán tính", "number", "",
         "How much the rows of the table differ from each other in their make-up; 0 means not at all.",
         "Mức khác nhau về cơ cấu giữa các hàng của bảng; 0 nghĩa là không khác nhau.",
         ("inertia",), ("quán tính",)),
    Term("inertia_share", "Share of inertia", "Tỷ lệ quán tính", "percent", "",
         "Part of all differences that a direction of the map shows. The first two should hold most of it.",
         "Phần khác biệt mà một hướng của bản đồ thể hiện. Hai hướng đầu nên chiếm phần lớn."),
    # targeting
    Term("question", "Question", "Câu hỏi", "message", "",
         "One of the five questions every target segment has to pass.",
         "Một trong năm câu hỏi mà mọi phân khúc mục tiêu đều phải vượt qua."),
    Term("measure", "Measure", "Thước đo", "message", "",
         "The number that answers the question.",
         "Con số dùng để trả lời câu hỏi."),
    Term("all_customers", "All customers", "Toàn bộ khách hàng", "number", "",
         "The same measure among all customers, to compare with.",
         "Cũng thước đo đó tính trên mọi khách hàng, để so sánh."),
    Term("at_least", "Enough is", "Mức đủ", "number", "",
         "The limit the value must reach for a yes. It is judgement, set in the study.",
         "Ngưỡng phải đạt để trả lời “có”. Ngưỡng này do người làm nghiên cứu đặt ra."),
    Term("answer", "Answer", "Trả lời", "message", "",
         "Yes, no, or open where no data answer the question.",
         "Có, không, hoặc để ngỏ khi không có dữ liệu để kết luận."),
    Term("because", "Why this measure", "Vì sao dùng thước đo này", "message", "",
         "The reason this measure stands for the question.",
         "Lý do chọn con số này để trả lời câu hỏi."),
    Term("attractiveness_score", "Attractiveness", "Mức hấp dẫn", "number", "higher",
         "Weighted score of the criteria, 0 to 100. Higher is better, but only among the segments compared.",
         "Điểm có trọng số của các tiêu chí, từ 0 đến 100. Càng cao càng tốt, nhưng chỉ so được giữa các phân khúc"
         " đang xét.",
         ("attractiveness",), ("mức hấp dẫn",)),
    Term("segment_rank", "Rank", "Thứ hạng", "count", "lower",
         "Place of the segment by attractiveness; 1 is the first choice.",
         "Vị trí của phân khúc theo mức hấp dẫn; 1 là lựa chọn đầu tiên."),
    Term("first_share", "Comes first", "Tỷ lệ đứng đầu", "percent", "higher",
         "Share of random weightings around the given ones in which the segment comes first. Near 100% the choice "
         "does not hang on exact weights.",
         "Tỷ lệ các bộ trọng số ngẫu nhiên quanh bộ đã cho mà phân khúc đứng đầu. Gần 100% nghĩa là lựa chọn không"
         " phụ thuộc vào trọng số chính xác."),
    Term("knocked_out_by", "Knocked out by", "Bị loại bởi", "column", "",
         "The knock-out criterion the segment failed; empty if it passed all.",
         "Tiêu chí loại mà phân khúc không đạt; để trống nếu đạt mọi tiêu chí."),
    Term("criterion_weight", "Weight", "Trọng số", "percent", "",
         "How much a criterion counts in the score; all weights add up to 100%.",
         "Mức đóng góp của một tiêu chí vào điểm số; các trọng số cộng lại bằng 100%.",
         ("weights", "weighting", "weightings"), ("trọng số",)),
    # characteristics of customers that the documents name (M1, M2)
    Term("age", "Age", "Độ tuổi", "text", "",
         "Age band of the customer or head of household, in years.",
         "Nhóm tuổi của khách hàng hoặc chủ hộ, tính bằng năm."),
    Term("gender", "Gender", "Giới tính", "text", "",
         "Whether the customer is a woman or a man, as recorded.",
         "Khách hàng là nữ hay nam, theo dữ liệu ghi nhận."),
    Term("income", "Income", "Thu nhập", "text", "",
         "Yearly income band, as the customer stated it.",
         "Khoảng thu nhập một năm do khách hàng tự khai."),
    Term("education", "Education", "Học vấn", "text", "",
         "Highest level of schooling.",
         "Trình độ học cao nhất đã đạt."),
    Term("occupation", "Occupation", "Nghề nghiệp", "text", "",
         "The customer's work.",
         "Công việc của khách hàng."),
    Term("marital_status", "Marital status", "Tình trạng hôn nhân", "text", "",
         "Whether the customer is married or single, as recorded.",
         "Khách hàng đã kết hôn hay độc thân, theo dữ liệu ghi nhận."),
    Term("home_ownership", "Home ownership", "Tình trạng nhà ở", "text", "",
         "Whether the household owns or rents its home.",
         "Hộ gia đình sở hữu hay thuê nhà đang ở."),
    Term("household_size", "Household size", "Số người trong hộ", "text", "",
         "How many people live in the household.",
         "Số người cùng sống trong hộ gia đình."),
    Term("household_comp", "Household type", "Kiểu hộ gia đình", "text", "",
         "Adults and children in the household, as one type.",
         "Hộ có mấy người lớn và có con hay không, gộp thành một kiểu."),
    Term("kids_count", "Number of children", "Số con", "text", "",
         "How many children live in the household.",
         "Số trẻ em sống trong hộ gia đình."),
    Term("country", "Country", "Quốc gia", "text", "",
         "Country the customer lives in.",
         "Nước mà khách hàng sinh sống."),
    Term("region", "Region", "Vùng", "text", "",
         "Part of the country the customer lives in.",
         "Khu vực trong nước mà khách hàng sinh sống."),
    Term("city", "City", "Thành phố", "text", "",
         "Town or city the customer lives in.",
         "Tỉnh, thành nơi khách hàng sinh sống."),
    # brand cases
    Term("claim_id", "Claim", "Nhận định", "text", "",
         "Short id of the claim in the file of the brand.",
         "Mã ngắn của nhận định trong tệp của thương hiệu."),
    Term("topic", "Topic", "Chủ đề", "message", "",
         "What the claim is about: age, income, geography, gender or a campaign.",
         "Nội dung mà nhận định đề cập: độ tuổi, thu nhập, địa lý, giới tính hoặc chiến dịch."),
    Term("fact_id", "Source id", "Mã nguồn", "text", "",
         "Where in the source document the claim stands.",
         "Vị trí của nhận định trong tài liệu nguồn."),
    Term("claim", "Claim", "Nhận định", "message", "",
         "A statement about the brand that may or may not be true.",
         "Một điều được nói về thương hiệu, có thể đúng hoặc không."),
    Term("verdict", "Verdict", "Kết luận", "message", "",
         "What the published figures allow one to say of the claim.",
         "Điều mà số liệu đã công bố cho phép nói về nhận định."),
    Term("reading", "How far the figures go", "Số liệu cho biết đến đâu", "message", "",
         "What the figures show of the claim, and what they leave open.",
         "Số liệu cho thấy gì về nhận định và còn để ngỏ điều gì."),
    Term("figure_id", "Figure", "Số liệu", "text", "",
         "Short id of the published figure.",
         "Mã ngắn của số liệu đã công bố."),
    Term("series", "Series", "Chuỗi số liệu", "text", "",
         "Figures that belong together: same source, same unit, same date.",
         "Các số liệu đi liền với nhau: cùng nguồn, cùng đơn vị, cùng thời điểm."),
    Term("title", "Title", "Tiêu đề", "message", "",
         "What the series of figures is about.",
         "Nội dung của chuỗi số liệu."),
    Term("label", "Label", "Nhãn", "message", "",
         "What the single figure belongs to, such as a brand or a region.",
         "Đối tượng của từng số liệu, ví dụ một thương hiệu hay một khu vực."),
    Term("unit", "Unit", "Đơn vị", "message", "",
         "What the value counts, such as % or million USD.",
         "Đơn vị đo của giá trị, ví dụ % hoặc triệu USD."),
    Term("as_of_date", "Date", "Thời điểm", "text", "",
         "The time the figure speaks of.",
         "Thời gian mà số liệu phản ánh."),
    Term("source", "Source", "Nguồn", "message", "",
         "Who published the figure.",
         "Bên đã công bố số liệu."),
    Term("confidence", "Confidence", "Độ tin cậy", "message", "",
         "How sure we are of the figure: high when it was seen in the original, lower for copies.",
         "Mức chắc chắn về số liệu: cao khi đã xem bản gốc, thấp hơn khi chỉ xem bản trích lại."),
    Term("source_note", "Note", "Ghi chú", "message", "",
         "How the figure was found and what to watch for.",
         "Cách tìm được số liệu và điều cần lưu ý."),
    Term("n_claims", "Claims", "Số nhận định", "count", "",
         "How many claims there are.",
         "Có bao nhiêu nhận định."),
    # faults of rules
    Term("problem", "Problem", "Vấn đề", "message", "",
         "What is wrong with the rule: an overlap, a gap, or a segment nobody can reach.",
         "Quy tắc sai ở đâu: chồng lấn, có khoảng trống, hoặc có phân khúc không ai thuộc về."),
    Term("other", "Other", "Khác", "text", "",
         "The second rule that takes part in the problem.",
         "Quy tắc thứ hai có liên quan đến vấn đề."),
)

TERMS = {term.name: term for term in _TERMS}
"""All result columns by name."""

_CONCEPTS = (
    # the market and whom to serve
    Term("market", "market", "thị trường", "text", "",
         "All people or firms that might buy a kind of product.",
         "Tất cả những người hoặc doanh nghiệp có thể mua một loại sản phẩm."),
    Term("market_segmentation", "market segmentation", "phân khúc thị trường", "text", "",
         "Dividing a broad market into groups of customers that can be told apart and served differently.",
         "Chia một thị trường rộng thành những nhóm khách hàng phân biệt được với nhau và có thể phục vụ theo cách"
         " khác nhau.",
         ("segmentation",), ("việc phân khúc",)),
    Term("market_segment", "market segment", "phân khúc khách hàng", "text", "",
         "A group of buyers within a market who are alike in what matters for the offer and unlike the rest.",
         "Nhóm người mua trong thị trường giống nhau ở những điểm quan trọng với sản phẩm và khác với phần còn lại.",
         ("market segments",), ("phân khúc đối tượng khách hàng",)),
    Term("stp", "segmentation, targeting, positioning", "phân khúc, nhắm mục tiêu và định vị", "text", "",
         "The three steps of market choice, often called STP: divide the market, choose whom to serve, and decide "
         "what to stand for in their eyes.",
         "Ba bước chọn thị trường, thường gọi là STP: chia thị trường, chọn nhóm để phục vụ và quyết định mình đại"
         " diện cho điều gì trong mắt họ.",
         ("STP",), ("STP",)),
    Term("target_market", "target market", "thị trường mục tiêu", "text", "",
         "The part of the market a business decides to serve.",
         "Phần thị trường mà doanh nghiệp quyết định phục vụ.",
         ("target-market",), ()),
    Term("target_segment", "target segment", "phân khúc mục tiêu", "text", "",
         "The segment a business chooses to direct its resources to.",
         "Phân khúc được doanh nghiệp chọn để dồn nguồn lực.",
         ("target segments",), ()),
    Term("target_customer", "target customers", "khách hàng mục tiêu", "text", "",
         "The people a business directs its resources to: they have the need and can pay.",
         "Những người doanh nghiệp dồn nguồn lực để phục vụ: họ có nhu cầu và có khả năng chi trả.",
         ("target customer",), ()),
    Term("potential_customer", "potential customers", "khách hàng tiềm năng", "text", "",
         "People who have the need and may buy, but have not decided yet.",
         "Những người có nhu cầu và có thể sẽ mua nhưng chưa quyết định.",
         ("potential customer", "prospects"), ()),
    Term("candidate", "candidates", "phân khúc ứng viên", "text", "",
         "Segments under consideration, before one of them is chosen as the target.",
         "Các phân khúc đang được cân nhắc, trước khi chọn ra một phân khúc làm mục tiêu.",
         ("candidate", "candidate segments"), ()),
    Term("positioning_concept", "positioning", "định vị", "text", "",
         "Deciding what a brand should stand for in the minds of its target customers, compared with its "
         "competitors.",
         "Quyết định thương hiệu đại diện cho điều gì trong tâm trí khách hàng mục tiêu, so với đối thủ cạnh tranh."),
    Term("point_of_difference", "point of difference", "điểm khác biệt", "text", "",
         "A benefit that customers link with one brand and do not find to the same degree elsewhere.",
         "Lợi ích mà khách hàng gắn với một thương hiệu và không thấy ở nơi khác với mức tương đương.",
         ("points of difference",), ()),
    Term("benefit", "benefit", "lợi ích", "text", "",
         "What a feature does for the customer: not what the product has, but what the buyer gains.",
         "Điều mà một tính năng mang lại cho khách hàng: không phải sản phẩm có gì, mà là người mua được gì.",
         ("benefits",), ()),
    Term("feature", "feature of a product", "tính năng", "text", "",
         "What a product has or does. It matters only through the benefit a customer gains from it.",
         "Điều sản phẩm có hoặc làm được. Tính năng chỉ có ý nghĩa qua lợi ích mà khách hàng nhận được."),
    Term("competitor", "competitors", "đối thủ cạnh tranh", "text", "",
         "Businesses whose offer the same customers could buy instead.",
         "Những doanh nghiệp mà cùng khách hàng đó có thể mua thay cho mình.",
         ("competitor",), ()),
    Term("category", "category", "ngành hàng", "text", "",
         "Products that buyers see as alternatives to each other, such as soft drinks.",
         "Những sản phẩm mà người mua xem là có thể thay thế nhau, ví dụ nước ngọt."),
    Term("persona", "persona", "chân dung khách hàng", "text", "",
         "A typical member of a target segment, drawn with a face and a name so that a team can picture whom it "
         "serves. It is a picture of data, not a real person.",
         "Một thành viên điển hình của phân khúc mục tiêu, có tên và gương mặt để đội ngũ hình dung mình phục vụ "
         "ai. Đó là hình ảnh rút ra từ dữ liệu, không phải người thật.",
         ("personas", "customer persona"), ()),
    Term("customer_journey", "customer journey map", "bản đồ hành trình khách hàng", "text", "",
         "Every step from first hearing of a brand to becoming a loyal customer, with what the customer does and "
         "meets at each.",
         "Mọi bước từ lúc mới biết thương hiệu đến khi thành khách hàng trung thành, kèm việc khách hàng làm và "
         "gặp ở mỗi bước.",
         ("customer journey",), ("hành trình khách hàng",)),
    Term("lifecycle", "customer lifecycle", "vòng đời khách hàng", "text", "",
         "The stages of a customer's relation with a business: new, active, drifting away, lost, won back.",
         "Các giai đoạn trong quan hệ của khách hàng với doanh nghiệp: mới, đang mua, dần rời bỏ, đã mất, quay lại.",
         ("lifecycle", "lifecycle stage"), ("tiếp thị vòng đời khách hàng",)),
    Term("customer_lifetime_value", "customer lifetime value", "giá trị vòng đời khách hàng", "text", "",
         "The money a customer is expected to bring over the whole time they stay, counted in today's money.",
         "Số tiền dự kiến một khách hàng mang lại trong suốt thời gian gắn bó, quy về giá trị hiện tại."),
    Term("decision_maker", "decision maker", "người ra quyết định mua", "text", "",
         "The person who decides on a purchase. This need not be the one who uses the product.",
         "Người quyết định việc mua. Người này không nhất thiết là người sử dụng sản phẩm.",
         ("decision makers",), ()),
    Term("influencer_role", "influencer", "người hỗ trợ", "text", "",
         "A person whose advice or wish sways a purchase that somebody else decides on.",
         "Người có lời khuyên hoặc mong muốn tác động đến việc mua do người khác quyết định.",
         ("influencers",), ()),
    # the seven models
    Term("demographic", "demographic", "nhân khẩu học", "text", "",
         "Segmentation by who people are: age, gender, income, education, occupation, family.",
         "Phân khúc theo người mua là ai: tuổi, giới tính, thu nhập, học vấn, nghề nghiệp, gia đình."),
    Term("geographic", "geographic", "địa lý", "text", "",
         "Segmentation by where people are: country, region, town, or distance from a place.",
         "Phân khúc theo nơi ở của khách hàng: quốc gia, vùng, thành phố, hoặc bán kính quanh một địa điểm."),
    Term("psychographic", "psychographic", "tâm lý", "text", "",
         "Segmentation by personality, attitudes, values, interests and lifestyle. It has to be asked; purchases "
         "do not show it.",
         "Phân khúc theo tính cách, thái độ, giá trị, sở thích và lối sống. Phải hỏi mới biết; giao dịch không cho"
         " thấy."),
    Term("technographic", "technographic", "phương thức truy cập", "text", "",
         "Segmentation by the device people use: mobile, laptop or desktop.",
         "Phân khúc theo thiết bị khách hàng dùng: điện thoại, máy tính xách tay hoặc máy tính để bàn."),
    Term("behavioural", "behavioural", "phân khúc theo hành vi", "text", "",
         "Segmentation by what people do: how much, how often, when and where they buy and use.",
         "Phân khúc theo những gì khách hàng làm: mua và dùng bao nhiêu, thường xuyên đến đâu, khi nào và ở đâu."),
    Term("needs_based", "needs-based", "dựa trên nhu cầu", "text", "",
         "Segmentation by what a product must have for people to want it.",
         "Phân khúc theo những gì sản phẩm phải có thì khách hàng mới muốn mua."),
    Term("value_based", "value-based", "dựa trên giá trị", "text", "",
         "Segmentation by the money a customer brings.",
         "Phân khúc theo số tiền khách hàng mang lại."),
    Term("stated_behavioural", "stated data", "dữ liệu khai báo", "text", "",
         "Stated data are what people say, behavioural data what they do. The two often differ, so say which one a"
         " figure comes from.",
         "Dữ liệu khai báo là điều người ta nói, dữ liệu hành vi là điều họ làm. Hai loại thường khác nhau, vì vậy"
         " cần nói rõ số liệu đến từ loại nào.",
         ("behavioural data",), ("dữ liệu hành vi",)),
    # forming segments
    Term("segmentation_variable", "segmentation variable", "biến phân khúc", "text", "",
         "A variable that forms the segments. Testing whether segments differ on it proves nothing, because they "
         "were made to differ.",
         "Biến dùng để tạo phân khúc. Kiểm định xem các phân khúc có khác nhau ở biến này không thì chẳng chứng "
         "minh được gì, vì chúng được tạo ra để khác nhau.",
         ("segmentation variables",), ()),
    Term("a_priori", "a-priori segmentation", "phân khúc định trước", "text", "",
         "Grouping customers by rules known beforehand, such as age bands, instead of letting the data form the "
         "groups.",
         "Chia khách hàng theo quy tắc biết trước, ví dụ nhóm tuổi, thay vì để dữ liệu tự tạo nhóm.",
         ("a priori",), ()),
    Term("kmeans", "k-means", "k-means", "text", "",
         "A method that forms k segments so that each customer lies as near as possible to the mean of their own "
         "segment. It gives segments even where there are none.",
         "Phương pháp tạo k phân khúc sao cho mỗi khách hàng nằm gần trung bình phân khúc của mình nhất có thể. "
         "Phương pháp luôn cho ra phân khúc, kể cả khi không có nhóm nào."),
    Term("centroid", "centroid", "tâm phân khúc", "text", "",
         "The mean of a segment on every segmentation variable: its typical member.",
         "Trung bình của phân khúc trên mọi biến phân khúc: thành viên điển hình của nhóm.",
         ("centroids",), ()),
    Term("random_state", "random state", "hạt giống ngẫu nhiên", "text", "",
         "The number that fixes all random draws (seed): the same number gives the same result again.",
         "Con số cố định mọi lần rút ngẫu nhiên: cùng con số thì kết quả lặp lại y hệt.",
         ("seed",), ("hạt giống",)),
    Term("global_stability", "global stability", "độ ổn định tổng thể", "text", "",
         "How alike the segmentations are that come from repeated samples of the same customers. Near 1 they "
         "agree, near 0 they agree no more than by chance.",
         "Các kết quả phân khúc từ nhiều mẫu lặp lại của cùng tập khách hàng giống nhau đến đâu. Gần 1 là khớp "
         "nhau, gần 0 là chỉ giống nhau do ngẫu nhiên."),
    Term("segment_stability", "segment-level stability", "độ ổn định của từng phân khúc", "text", "",
         "How surely one segment comes back when the segmentation is repeated, from 0 to 1.",
         "Mức chắc chắn một phân khúc xuất hiện lại khi làm lại việc phân khúc, từ 0 đến 1."),
    Term("bootstrap", "bootstrap", "bootstrap", "text", "",
         "Drawing many samples, with replacement, from one's own data to see how much a result would vary.",
         "Rút nhiều mẫu có hoàn lại từ chính dữ liệu đang có để xem kết quả dao động đến đâu."),
    Term("adjusted_rand", "adjusted Rand index", "chỉ số Rand hiệu chỉnh", "text", "",
         "How far two segmentations put the same pairs of customers together: 1 is full agreement, 0 what chance "
         "alone would give.",
         "Hai kết quả phân khúc xếp cùng những cặp khách hàng vào chung nhóm đến đâu: 1 là khớp hoàn toàn, 0 là "
         "mức chỉ do ngẫu nhiên."),
    Term("natural_segments", "natural segments", "phân khúc tự nhiên", "text", "",
         "Segments that are truly separate in the data, so any sound method finds them. They are rare.",
         "Những phân khúc thật sự tách rời trong dữ liệu, nên phương pháp đúng nào cũng tìm ra. Trường hợp này "
         "hiếm gặp.",
         ("natural segmentation",), ()),
    Term("reproducible_segments", "reproducible segments", "phân khúc lặp lại được", "text", "",
         "Segments that come back in new samples although they are not fully separate.",
         "Những phân khúc xuất hiện lại trong mẫu mới dù không hoàn toàn tách rời.",
         ("reproducible segmentation",), ()),
    Term("constructive_segments", "constructive segments", "phân khúc do phương pháp tạo ra", "text", "",
         "Segments made by the method where the data hold no groups. They can still be useful, but another run may"
         " cut elsewhere.",
         "Những phân khúc do phương pháp cắt ra khi dữ liệu không có nhóm. Vẫn có thể hữu ích, nhưng lần chạy khác"
         " có thể cắt ở chỗ khác.",
         ("constructive segmentation",), ()),
    Term("latent_class", "latent class analysis", "phân tích lớp tiềm ẩn", "text", "",
         "A model that explains answers by membership in unseen classes and gives each person a probability for "
         "each class.",
         "Mô hình giải thích các câu trả lời bằng những lớp không quan sát được và cho mỗi người một xác suất "
         "thuộc từng lớp.",
         ("latent class", "latent classes"), ("lớp tiềm ẩn",)),
    Term("value_tier", "value tiers", "hạng giá trị", "text", "",
         "Customers divided by what they spend: top, middle and base.",
         "Khách hàng được chia theo số tiền đã chi: hạng cao, hạng trung và hạng cơ bản.",
         ("value tier", "tiers", "top tier"), ("hạng cao nhất",)),
    Term("concentration", "concentration", "mức độ tập trung", "text", "",
         "How unevenly revenue is spread: how much of it the best few customers bring.",
         "Doanh thu phân bố không đều đến đâu: một số ít khách hàng tốt nhất mang lại bao nhiêu phần."),
    Term("rfm", "RFM", "RFM", "text", "",
         "Describing customers by recency, frequency and monetary value: how lately, how often and how much they "
         "buy.",
         "Mô tả khách hàng bằng ba con số: mua gần đây đến đâu, thường xuyên đến đâu và chi bao nhiêu.",
         ("recency, frequency, monetary value",), ("lần mua gần nhất, tần suất và giá trị chi tiêu",)),
    # statistics
    Term("sample", "sample", "mẫu", "text", "",
         "The part of the customers that was observed. It speaks for all only if it was not drawn one-sidedly.",
         "Phần khách hàng được quan sát. Chỉ đại diện cho tất cả nếu không được chọn một cách thiên lệch.",
         (), ("mẫu dữ liệu",)),
    Term("confidence_interval", "confidence interval", "khoảng tin cậy", "text", "",
         "The range that would hold the true value in 95 of 100 such studies. The fewer customers, the wider it is.",
         "Khoảng chứa giá trị thật trong 95 trên 100 nghiên cứu như vậy. Càng ít khách hàng thì khoảng càng rộng.",
         ("interval", "intervals", "confidence intervals"), ()),
    Term("significant", "significant", "có ý nghĩa thống kê", "text", "",
         "Larger than chance alone would readily make. A significant difference can still be too small to matter.",
         "Lớn hơn mức mà riêng ngẫu nhiên dễ tạo ra. Khác biệt như vậy vẫn có thể quá nhỏ để đáng quan tâm.",
         ("significantly", "statistically significant"), ()),
    Term("circular", "circular", "lập luận vòng tròn", "text", "",
         "Proving a statement by itself: testing segments on the variable that formed them always finds a "
         "difference.",
         "Lấy điều cần chứng minh làm bằng chứng: kiểm định phân khúc trên chính biến đã tạo ra chúng thì luôn "
         "thấy khác biệt."),
    Term("control_group", "control group", "nhóm đối chứng", "text", "",
         "Similar people who did not get the treatment. Only the difference to them shows what a campaign did.",
         "Những người tương tự nhưng không nhận tác động. Chỉ khi so với họ mới biết chiến dịch tạo ra điều gì."),
    Term("skewed", "skewed", "phân phối lệch", "text", "",
         "Spread unevenly: many small values and a few very large ones, as with money.",
         "Phân bố không đều: nhiều giá trị nhỏ và vài giá trị rất lớn, như với tiền bạc."),
    Term("logarithm", "logarithms", "logarit", "text", "",
         "A scale on which doubling counts the same everywhere: from 10 to 20 as much as from 100 to 200.",
         "Thang đo mà mỗi lần gấp đôi có giá trị như nhau: từ 10 lên 20 cũng bằng từ 100 lên 200.",
         ("logarithm",), ()),
    # choosing the target
    Term("knock_out", "knock-out criterion", "tiêu chí loại", "text", "",
         "A least demand on a segment. Who fails it is out, however good the rest.",
         "Yêu cầu tối thiểu với một phân khúc. Không đạt thì bị loại, dù các mặt khác tốt đến đâu.",
         ("knock-out criteria",), ()),
    Term("five_questions", "five questions", "năm câu hỏi", "text", "",
         "The test of a target segment: enough people, benefit and need, motives understood, able to pay, "
         "reachable.",
         "Bài kiểm tra cho phân khúc mục tiêu: đủ người, có lợi và có nhu cầu, hiểu động cơ, đủ khả năng chi trả, "
         "tiếp cận được.",
         ("five evaluation questions",), ()),
    # brands and maps
    Term("duplication", "duplication of purchase", "mức trùng lặp người mua", "text", "",
         "The share of one brand's buyers who also bought another. As a rule every brand shares buyers with others"
         " in line with their size.",
         "Tỷ lệ người mua một thương hiệu cũng mua thương hiệu khác. Thông thường, thương hiệu nào cũng chung "
         "người mua với thương hiệu khác theo quy mô của thương hiệu đó."),
    Term("double_jeopardy", "double jeopardy", "chịu thiệt hai lần", "text", "",
         "The rule that small brands suffer twice: fewer people buy them, and those who do buy a little less often.",
         "Quy luật thương hiệu nhỏ thiệt hai bề: ít người mua hơn, và người mua cũng mua thưa hơn một chút.",
         ("suffer twice",), ("quy luật thiệt kép",)),
    Term("switching", "switching", "chuyển đổi thương hiệu", "text", "",
         "Buying another brand on the next purchase occasion than on the last one.",
         "Lần mua này chọn thương hiệu khác với lần mua trước.",
         ("switches", "switch"), ("chuyển thương hiệu", "đổi thương hiệu")),
    Term("perceptual_map", "perceptual map", "bản đồ nhận thức", "text", "",
         "A picture that places brands by how alike they are, from buyers' answers or from who buys them.",
         "Hình đặt các thương hiệu theo mức giống nhau, dựa trên câu trả lời của người mua hoặc trên việc ai mua "
         "chúng.",
         ("perceptual maps",), ()),
    Term("correspondence_analysis", "correspondence analysis", "phân tích tương ứng", "text", "",
         "A method that turns a table of counts into a map: rows with the same make-up lie together.",
         "Phương pháp biến bảng số đếm thành bản đồ: các hàng có cơ cấu giống nhau nằm gần nhau."),
    Term("private_label", "private label", "nhãn riêng", "text", "",
         "A product sold under the retailer's own name.",
         "Sản phẩm bán dưới tên của chính nhà bán lẻ."),
    Term("over_represented", "over-represented", "tỷ trọng cao vượt trội", "text", "",
         "More frequent in a group than among all customers, that is with an index above 100.",
         "Chiếm phần trong nhóm nhiều hơn so với toàn bộ khách hàng, tức là có chỉ số trên 100."),
)

CONCEPTS = {term.name: term for term in _CONCEPTS}
"""Concepts that stand in the prose and are no result column, by name."""


def label(name: str, code: str | None = None) -> str:
    """The label of a column; a column of the user's own data keeps its name.

    Examples
    --------
    >>> label("penetration"), label("penetration", "vi"), label("my_column")
    ('Penetration', 'Tỷ lệ thâm nhập', 'my_column')
    """
    return TERMS[name].label(code) if name in TERMS else str(name)


def unit(name: str, default: str = "text") -> str:
    """The unit of a column."""
    return TERMS[name].unit if name in TERMS else default
